//! The connection under HTTP, which faults reset, and a body that comes slowly or breaks off.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Bytes, HttpBody};
use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use http_body::{Frame, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

use crate::clock;

/// Takes connections.
pub(super) struct Door(pub TcpListener);

/// A connection.
pub(super) struct Wire {
    stream: TcpStream,
    reset: Arc<AtomicBool>,
}

/// What a request knows about the connection it came by.
#[derive(Clone)]
pub(super) struct Caller {
    /// An IPv4 address as such, however the socket has it.
    pub ip: IpAddr,
    reset: Arc<AtomicBool>,
}

impl Caller {
    /// The next answer does not leave: the connection is reset (RST, not FIN) in its place.
    pub(super) fn reset(&self) {
        self.reset.store(true, Ordering::Release);
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
        if self.reset.load(Ordering::Acquire) {
            // What is lost by an error here is only how rude the end is.
            let _ = self.stream.set_zero_linger();
            return Poll::Ready(Err(ErrorKind::ConnectionAborted.into()));
        }
        Pin::new(&mut self.stream).poll_write(context, buffer)
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
        // An answer is one small write: waiting for more would only cost time. If this fails it is slower.
        drop(stream.set_nodelay(true));
        (Wire { stream, reset: Arc::default() }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

impl Connected<IncomingStream<'_, Door>> for Caller {
    fn connect_info(stream: IncomingStream<'_, Door>) -> Self {
        Self { ip: stream.remote_addr().ip().to_canonical(), reset: Arc::clone(&stream.io().reset) }
    }
}

/// A body in pieces with a pause after each, which may promise more bytes than it has and then breaks off.
pub(super) struct Paced {
    pub rest: Bytes,
    /// Bytes in a piece, at least 1.
    pub piece: usize,
    pub every: Duration,
    /// Bytes that `Content-Length` promises and that never come.
    pub missing: u64,
    /// The pause that is on.
    pub pause: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

impl HttpBody for Paced {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if let Some(pause) = &mut self.pause {
            ready!(pause.as_mut().poll(context));
            self.pause = None;
        }
        if self.rest.is_empty() {
            return Poll::Ready((self.missing > 0).then(|| Err(ErrorKind::ConnectionAborted.into())));
        }
        let length = self.piece.min(self.rest.len());
        let piece = self.rest.split_to(length);
        if self.missing > 0 || !self.rest.is_empty() {
            // What was written leaves the machine in this pause.
            self.pause = Some(Box::pin(clock::sleep(self.every)));
        }
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest.len() as u64 + self.missing)
    }
}
