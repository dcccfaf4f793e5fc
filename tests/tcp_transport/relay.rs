//! A plain TCP relay, as an SSH tunnel is one.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::Builder;

/// Passes one connection on to `target`, and can be held or cut.
pub(crate) struct Relay {
    pub(crate) address: SocketAddr,
    gate: Arc<Gate>,
}

/// Whether bytes may pass from the sender on.
struct Gate {
    open: Mutex<bool>,
    changed: Condvar,
}

impl Relay {
    /// A relay that dies once it has passed on so many bytes from the sender.
    pub(crate) fn start(target: SocketAddr, lasts: usize) -> Self {
        let door = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = door.local_addr().expect("bound");
        let gate = Arc::new(Gate { open: Mutex::new(true), changed: Condvar::new() });
        let passed = Arc::clone(&gate);
        let run = move || {
            let (near, _) = door.accept().expect("a sender");
            let far = TcpStream::connect(target).expect("a listener");
            let (back_from, back_to) = (far.try_clone(), near.try_clone());
            let back = move || {
                copy(back_from.expect("cloned"), back_to.expect("cloned"), usize::MAX, || ());
            };
            Builder::new().name("relay back".to_owned()).spawn(back).expect("started");
            copy(near, far, lasts, || passed.wait());
        };
        Builder::new().name("relay".to_owned()).spawn(run).expect("started");
        Self { address, gate }
    }

    /// Lets nothing more pass from the sender on, or lets it pass again.
    pub(crate) fn open(&self, open: bool) {
        *self.gate.open.lock().expect("whole") = open;
        self.gate.changed.notify_all();
    }
}

impl Gate {
    fn wait(&self) {
        let open = self.open.lock().expect("whole");
        drop(self.changed.wait_while(open, |open| !*open).expect("whole"));
    }
}

fn copy(mut from: TcpStream, mut to: TcpStream, lasts: usize, may_pass: impl Fn()) {
    let (mut buffer, mut left) = (vec![0; 16 << 10], lasts);
    loop {
        may_pass();
        let most = buffer.len().min(left);
        match from.read(&mut buffer[..most]) {
            Ok(bytes @ 1..) if to.write_all(&buffer[..bytes]).is_ok() => left -= bytes,
            _ => break,
        }
    }
    for stream in [from, to] {
        let _ = stream.shutdown(Shutdown::Both);
    }
}
