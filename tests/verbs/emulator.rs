use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Stdio;

use crate::support::{Workplace, signal};

#[test]
fn it_serves_until_a_signal_comes() {
    let workplace = Workplace::new();
    for (name, code) in [("TERM", 143), ("INT", 130)] {
        let mut command = workplace.command(&["emulator"]);
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
        let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut url = String::new();
        stdout.read_line(&mut url).expect("a line");
        let address = url.trim().strip_prefix("http://").expect("a url");

        let mut stream = TcpStream::connect(address).expect("it listens");
        stream
            .write_all(b"GET /cgi-bin/token HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            .expect("a request");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        assert!(answer.contains("errcode"), "{answer}");

        signal(&child, name);
        let output = child.wait_with_output().expect("it ends");
        assert_eq!(output.status.code(), Some(code), "{name}");
        let told = String::from_utf8(output.stderr).expect("UTF-8");
        assert!(told.contains(&format!("  api_url: {}\n", url.trim())), "{told}");
        assert!(told.contains("EMULATOR_SECRET=emulator-secret"), "{told}");
    }
}

#[test]
fn a_port_that_is_taken_is_told() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port().to_string();
    let outcome = Workplace::new().run(&["emulator", "--port", &port]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (1, ""));
    assert!(
        outcome.stderr.starts_with(&format!(
            "error: cannot listen on 127.0.0.1:{port} (another program may have it: leave --port out for a free one): "
        )),
        "{}",
        outcome.stderr
    );
}

#[test]
fn faults_come_from_a_file_and_the_control_port_is_told() {
    let workplace = Workplace::new();
    workplace.write("faults.yaml", "- at: token\n  status: 503\n  retry_after: 7\n");
    let mut child = workplace
        .command(&["emulator", "--quiet", "--faults", "faults.yaml", "--control-port", "0"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    let mut ask = |path: &str| {
        let url = lines.next().expect("a line").expect("text");
        let mut stream = TcpStream::connect(url.strip_prefix("http://").expect("a url")).expect("it listens");
        let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).expect("a request");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        answer
    };
    let answer = ask("/cgi-bin/token");
    assert!(answer.starts_with("HTTP/1.1 503 Service Unavailable\r\n"), "{answer}");
    assert!(answer.contains("\r\nretry-after: 7\r\n"), "{answer}");
    let faults = ask("/faults");
    let shown = r#"{"faults":[{"applied":1,"fault":{"at":"token","retry_after":7,"status":503},"number":1,"seen":1}]}"#;
    assert!(faults.ends_with(shown), "{faults}");
    signal(&child, "TERM");
    assert_eq!(child.wait().expect("it ends").code(), Some(143));
}

#[test]
fn what_is_wrong_with_a_file_of_faults_is_told() {
    let workplace = Workplace::new();
    workplace.write("faults.yaml", "- at: create\n  reset: never\n");
    workplace.write("bytes.yaml", [0xff, 0xfe, 0xfd]);
    let refused = |file: &str, error: &str| {
        workplace.run(&["emulator", "--faults", file]).is(2, "", &format!("error: {error}\n"));
    };
    refused("faults.yaml", "faults.yaml: line 2: unknown variant `never`, expected one of before, after");
    refused("bytes.yaml", "bytes.yaml: this is no UTF-8");
    refused("none.yaml", "cannot read none.yaml: No such file or directory (os error 2)");
}

#[test]
fn a_control_port_that_is_taken_is_told() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port().to_string();
    let outcome = Workplace::new().run(&["emulator", "--control-port", &port]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (1, ""));
    let expected = format!(
        "error: cannot listen on 127.0.0.1:{port} (another program may have it: --control-port 0 for a free one): "
    );
    assert!(outcome.stderr.starts_with(&expected), "{}", outcome.stderr);
}
