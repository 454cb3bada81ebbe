//! The connection under HTTP, which faults reset, and a body that comes slowly or breaks off.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
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

type Wait = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A request is there as a whole so long after its first byte, or the connection is dropped.
const WHOLE_WITHIN: Duration = Duration::from_secs(30);

/// A connection.
pub(super) struct Wire {
    stream: TcpStream,
    reset: Arc<AtomicBool>,
    /// How often a request was whole, and how often it was answered then: odd while one is dealt with.
    turns: Arc<AtomicU64>,
    /// The end of the time for the request that comes, and the turn it is for.
    deadline: Option<(u64, Wait)>,
}

impl Wire {
    fn new(stream: TcpStream) -> Self {
        let deadline = Some((0, Self::time()));
        Self { stream, reset: Arc::default(), turns: Arc::default(), deadline }
    }

    fn time() -> Wait {
        Box::pin(clock::sleep(WHOLE_WITHIN))
    }
}

/// What a request knows about the connection it came by.
#[derive(Clone)]
pub(super) struct Caller {
    /// An IPv4 address as such, however the socket has it.
    pub ip: IpAddr,
    reset: Arc<AtomicBool>,
    turns: Arc<AtomicU64>,
}

/// A request that is whole, until it is answered.
pub(super) struct Whole(Arc<AtomicU64>);

impl Drop for Whole {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::AcqRel);
    }
}

impl Caller {
    /// The next answer does not leave: the connection is reset (RST, not FIN) in its place.
    pub(super) fn reset(&self) {
        self.reset.store(true, Ordering::Release);
    }

    /// The request has come as a whole: its time does not run while it is answered.
    pub(super) fn whole(&self) -> Whole {
        self.turns.fetch_add(1, Ordering::AcqRel);
        Whole(Arc::clone(&self.turns))
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        let turn = self.turns.load(Ordering::Acquire);
        if self.deadline.as_ref().is_some_and(|(of, _)| *of != turn) {
            self.deadline = None;
        }
        // Between two requests a connection may be idle as long as it likes.
        if turn.is_multiple_of(2) && self.deadline.is_none() && buffer.filled().len() > before {
            self.deadline = Some((turn, Self::time()));
        }
        if let Some((_, deadline)) = &mut self.deadline
            && deadline.as_mut().poll(context).is_ready()
        {
            self.reset.store(true, Ordering::Release);
            return Poll::Ready(Err(ErrorKind::TimedOut.into()));
        }
        read
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
        (Wire::new(stream), address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

impl Connected<IncomingStream<'_, Door>> for Caller {
    fn connect_info(stream: IncomingStream<'_, Door>) -> Self {
        let Wire { reset, turns, .. } = stream.io();
        let (reset, turns) = (Arc::clone(reset), Arc::clone(turns));
        Self { ip: stream.remote_addr().ip().to_canonical(), reset, turns }
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
    pub pause: Option<Wait>,
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
