//! A server on loopback that sends bytes, as many as anybody takes.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

/// What becomes of a request.
pub enum Reply {
    /// Another server answers; `127.0.0.1:PORT`.
    Forward(String),
    /// These bytes, then the end.
    Bytes(Vec<u8>),
    /// These bytes, then these so many times.
    Repeat(Vec<u8>, Vec<u8>, u64),
}

/// Method and target of a request, and which of that target's path it is, from 1.
pub struct Asked {
    pub line: String,
    pub number: usize,
}

pub struct Server {
    pub url: String,
    seen: Arc<Mutex<Vec<Vec<u8>>>>,
    sent: Arc<AtomicU64>,
}

impl Server {
    pub fn start(answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let (seen, sent) = (Arc::<Mutex<Vec<_>>>::default(), Arc::new(AtomicU64::new(0)));
        let answer = Arc::new(answer);
        let (all, count) = (Arc::clone(&seen), Arc::clone(&sent));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (seen, sent, answer) = (Arc::clone(&all), Arc::clone(&count), Arc::clone(&answer));
                // An error means that the program has had enough, which the tests are about.
                thread::spawn(move || drop(serve(stream, &seen, &sent, &*answer)));
            }
        });
        Self { url, seen, sent }
    }

    /// Every request as it came.
    pub fn seen(&self) -> Vec<String> {
        let seen = self.seen.lock().expect("not poisoned");
        seen.iter().map(|request| String::from_utf8_lossy(request).into_owned()).collect()
    }

    /// How many bytes of its own it could send.
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::SeqCst)
    }
}

fn serve(
    mut stream: TcpStream,
    seen: &Mutex<Vec<Vec<u8>>>,
    sent: &AtomicU64,
    answer: &dyn Fn(&Asked) -> Reply,
) -> io::Result<()> {
    let request = read(&mut stream)?;
    let line = line_of(&request);
    let number = {
        let mut seen = seen.lock().expect("not poisoned");
        seen.push(request.clone());
        let path = line.split('?').next().unwrap_or_default();
        seen.iter().filter(|request| line_of(request).starts_with(path)).count()
    };
    let mut send = |bytes: &[u8]| -> io::Result<()> {
        stream.write_all(bytes)?;
        sent.fetch_add(bytes.len() as u64, Ordering::SeqCst);
        Ok(())
    };
    match answer(&Asked { line, number }) {
        Reply::Forward(address) => stream.write_all(&forward(&address, &request)?)?,
        Reply::Bytes(bytes) => send(&bytes)?,
        Reply::Repeat(head, part, times) => {
            send(&head)?;
            for _ in 0..times {
                send(&part)?;
            }
        }
    }
    stream.shutdown(Shutdown::Write)
}

fn line_of(request: &[u8]) -> String {
    String::from_utf8_lossy(request).lines().next().unwrap_or_default().to_owned()
}

fn read(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        if let Some(end) = request.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&request[..end]).to_ascii_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if request.len() >= end + 4 + length.map_or(0, |length| length.parse().expect("a length")) {
                return Ok(request);
            }
        }
        match stream.read(&mut buffer)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            count => request.extend_from_slice(&buffer[..count]),
        }
    }
}

/// Asks another server the same and gives back what it says.
fn forward(address: &str, request: &[u8]) -> io::Result<Vec<u8>> {
    let end = request.windows(2).position(|two| two == b"\r\n").expect("a first line") + 2;
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(&[&request[..end], b"Connection: close\r\n", &request[end..]].concat())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(answer)
}
