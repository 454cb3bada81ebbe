//! The connection under HTTP: a socket that can be told to reset, to break off, or to be slow.
//!
//! HTTP itself is left to hyper, which is too polite for a platform at its worst. So faults of the connection are
//! done below it: it writes a whole and right answer, and the wire passes on what the fault lets through.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

use crate::clock;

/// How the next answer of a connection goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// Not at all: the connection is reset (RST, not FIN).
    Reset,
    /// The head and this many bytes of the body, then the end of the connection.
    Short(usize),
    /// The head and `bytes` of the body, and as many again each time `every` has passed.
    Slow {
        /// At least 1.
        bytes: usize,
        /// Between two pieces.
        every: Duration,
    },
}

/// Takes connections and wires them.
pub(super) struct Door(pub TcpListener);

/// A connection.
pub(super) struct Wire {
    stream: TcpStream,
    line: Arc<Line>,
}

/// What a request knows about the connection it came by.
#[derive(Clone)]
pub(super) struct Caller {
    /// An IPv4 address as such, however the socket has it.
    pub ip: IpAddr,
    line: Arc<Line>,
}

/// What a connection is told. Nothing but the flag is looked at while there is nothing to tell.
#[derive(Default)]
struct Line {
    told: AtomicBool,
    task: Mutex<Option<Task>>,
}

struct Task {
    manner: Manner,
    /// How many bytes of the blank line that ends the head went out: 4 is all.
    blank: usize,
    /// Bytes of the body that went out.
    body: usize,
    wait: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

impl Caller {
    /// The next answer goes out like this; `None` is as it should.
    pub(super) fn tell(&self, manner: Option<Manner>) {
        // Most answers of most connections: nothing was told and nothing is.
        if manner.is_some() || self.line.told.load(Ordering::Acquire) {
            *self.line.task() = manner.map(|manner| Task { manner, blank: 0, body: 0, wait: None });
            self.line.told.store(manner.is_some(), Ordering::Release);
        }
    }
}

impl Line {
    fn task(&self) -> MutexGuard<'_, Option<Task>> {
        self.task.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Task {
    /// How many of these bytes may go out now; `None` where the connection ends here.
    fn allows(&self, buffer: &[u8]) -> Option<usize> {
        let head = self.head_in(buffer);
        let body = match self.manner {
            Manner::Reset => return None,
            Manner::Short(total) => total.saturating_sub(self.body),
            Manner::Slow { bytes, .. } => bytes,
        };
        let allowed = if head == buffer.len() && self.blank_after(buffer) < 4 {
            head
        } else {
            head.saturating_add(body).min(buffer.len())
        };
        (allowed > 0).then_some(allowed)
    }

    /// How many of these bytes belong to the head.
    fn head_in(&self, buffer: &[u8]) -> usize {
        let mut blank = self.blank;
        for (index, byte) in buffer.iter().enumerate() {
            if blank == 4 {
                return index;
            }
            blank = next_blank(blank, *byte);
        }
        buffer.len()
    }

    fn blank_after(&self, buffer: &[u8]) -> usize {
        buffer.iter().fold(self.blank, |blank, byte| next_blank(blank, *byte))
    }

    fn wrote(&mut self, bytes: &[u8]) {
        let head = self.head_in(bytes);
        self.blank = self.blank_after(&bytes[..head]);
        self.body += bytes.len() - head;
        if let Manner::Slow { every, .. } = self.manner
            && bytes.len() > head
        {
            self.wait = Some(Box::pin(clock::sleep(every)));
        }
    }
}

fn next_blank(blank: usize, byte: u8) -> usize {
    match (blank, byte) {
        (4, _) => 4,
        (1 | 3, b'\n') => blank + 1,
        (2, b'\r') => 3,
        (_, b'\r') => 1,
        _ => 0,
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &[u8],
    ) -> Poll<io::Result<usize>> {
        let Self { stream, line } = &mut *self;
        let mut stream = Pin::new(stream);
        if !line.told.load(Ordering::Acquire) {
            return stream.poll_write(context, buffer);
        }
        let mut guard = line.task();
        let Some(task) = guard.as_mut() else { return stream.poll_write(context, buffer) };
        if let Some(wait) = &mut task.wait {
            ready!(wait.as_mut().poll(context));
            task.wait = None;
        }
        let Some(allowed) = task.allows(buffer) else {
            if task.manner == Manner::Reset {
                // What is lost by an error here is only how rude the end is.
                let _ = stream.set_zero_linger();
            }
            return Poll::Ready(Err(ErrorKind::ConnectionAborted.into()));
        };
        let written = ready!(stream.as_mut().poll_write(context, &buffer[..allowed]))?;
        task.wrote(&buffer[..written]);
        Poll::Ready(Ok(written))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if self.line.told.load(Ordering::Acquire) {
            let buffer = buffers.iter().find(|buffer| !buffer.is_empty());
            return self.poll_write(context, buffer.map_or(&[], |buffer| &**buffer));
        }
        Pin::new(&mut self.get_mut().stream).poll_write_vectored(context, buffers)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl Listener for Door {
    type Io = Wire;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Wire, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.0).await;
        // An answer is one small write: waiting for more would only cost time. Where this fails it is slower.
        drop(stream.set_nodelay(true));
        (Wire { stream, line: Arc::default() }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

impl Connected<IncomingStream<'_, Door>> for Caller {
    fn connect_info(stream: IncomingStream<'_, Door>) -> Self {
        Self { ip: stream.remote_addr().ip().to_canonical(), line: Arc::clone(&stream.io().line) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(manner: Manner) -> Task {
        Task { manner, blank: 0, body: 0, wait: None }
    }

    /// What goes out of an answer that is offered in pieces.
    fn passed(manner: Manner, pieces: &[&str]) -> String {
        let (mut task, mut passed) = (task(manner), String::new());
        for piece in pieces {
            let mut rest = *piece;
            while !rest.is_empty() {
                let Some(allowed) = task.allows(rest.as_bytes()) else { return passed };
                task.wrote(&rest.as_bytes()[..allowed]);
                passed += &rest[..allowed];
                rest = &rest[allowed..];
            }
        }
        passed
    }

    #[test]
    fn a_short_answer_has_its_head_and_so_many_bytes_however_it_is_written() {
        let whole = "HTTP/1.1 200 OK\r\na: b\r\n\r\nbody\r\n\r\nmore";
        for end in 0..whole.len() {
            let (one, other) = whole.split_at(end);
            assert_eq!(
                passed(Manner::Short(3), &[one, other]),
                "HTTP/1.1 200 OK\r\na: b\r\n\r\nbod",
                "at {end}"
            );
        }
        assert_eq!(passed(Manner::Short(0), &[whole]), "HTTP/1.1 200 OK\r\na: b\r\n\r\n");
    }

    #[test]
    fn nothing_of_a_reset_answer_goes_out() {
        assert_eq!(passed(Manner::Reset, &["HTTP/1.1 200 OK\r\n\r\n"]), "");
    }
}
