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
