//! The Python file `assets/python/pixelwire.py` speaks the pixelwire protocol: what it sends arrives
//! here, and what we send arrives there, pixel for pixel, also where packets are lost.

#![expect(clippy::panic, reason = "a test that cannot be set up has to fail loudly")]

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::{SocketAddr, UdpSocket};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use pixelwire::flow::Mode;
use pixelwire::frame::codec::Compression;
use pixelwire::frame::{Digest, Frame, PixelFormat};
use pixelwire::net::{Listener, SendEvent, SendJob};

use crate::loopback::{FromMemory, listen, no_wake, send_options, take, wait};
use crate::simulation::image;

#[test]
fn arrays_of_many_types_arrive_from_python_pixel_for_pixel() {
    let Some(python) = python() else { return };
    let listener = listen();
    let sending = python.start(&send_arrays(listener.address()));
    expect_arrays(&listener, sending);
    assert_eq!(listener.stop().total.packets_lost, 0);
}

#[test]
fn arrays_arrive_from_python_though_packets_are_lost_both_ways() {
    let Some(python) = python() else { return };
    let listener = listen();
    let relay = Relay::start(listener.address(), 11);
    let sending = python.start(&send_arrays(relay.address));
    expect_arrays(&listener, sending);
    let dropped = relay.stop();
    let total = listener.stop().total;
    assert!(dropped > 0 && total.packets_recovered > 0, "{dropped} dropped: {total:?}");
}

#[test]
fn frames_arrive_in_python_pixel_for_pixel_at_five_percent_loss() {
    let Some(python) = python() else { return };
    let frames = [
        image(640, 480, PixelFormat::BGR8, 1),
        image(333, 77, PixelFormat::MONO16, 2),
        image(100, 80, PixelFormat::RGBA16, 3),
        image(1, 1, PixelFormat::MONO8, 4),
        image(64, 48, PixelFormat::MONO32F, 5),
    ];
    let mut receiver = python.receive("order=None", "for frame in itertools.islice(receiver, 5):");
    let mut options = send_options(receiver.address);
    options.impairment = Some("loss=5%,reorder=1%,duplicate=1%,seed=7".parse().expect("valid"));
    let job = SendJob::start(options, FromMemory::boxed(&frames), no_wake());
    assert!(matches!(wait(&job).last(), Some(SendEvent::Finished(Ok(_)))));
    let expected = frames.iter().enumerate().map(|(number, frame)| described(number, frame));
    assert_eq!(receiver.lines(), expected.collect::<Vec<_>>());
}

#[test]
fn compressed_frames_are_refused_by_python_in_a_sentence() {
    let Some(python) = python() else { return };
    let mut receiver = python.receive(
        "order=None",
        "pixelwire.warnings.showwarning = lambda said, *_: print(said, flush=True)\n\
         \x20   for frame in itertools.islice(receiver, 1):",
    );
    let mut options = send_options(receiver.address);
    options.compression = Compression::Jpeg(85);
    options.mode = Mode::Live;
    let frames = [smooth(), smooth()];
    let job = SendJob::start(options.clone(), FromMemory::boxed(&frames), no_wake());
    wait(&job);
    options.compression = Compression::Raw;
    options.mode = Mode::Deliver;
    let job = SendJob::start(options, FromMemory::boxed(&frames[..1]), no_wake());
    wait(&job);
    let refusal = "a sender compresses its frames (jpeg), and this file reads raw ones only: \
                   send them with --codec raw";
    // Said once; and raw frames arrive all the same.
    assert_eq!(receiver.lines(), [refusal.to_owned(), described(0, &frames[0])]);
}

/// A picture that becomes smaller as a JPEG.
fn smooth() -> Arc<Frame> {
    let pixels = (0..640 * 480 * 3).map(|at| (at / 1920 / 2) as u8).collect::<Vec<_>>();
    Arc::new(Frame::new(640, 480, PixelFormat::BGR8, pixels).expect("valid"))
}

#[test]
fn colours_are_turned_for_opencv_unless_python_says_otherwise() {
    let Some(python) = python() else { return };
    let pixels = [1, 2, 3].repeat(64 * 48);
    let rgb = Frame::new(64, 48, PixelFormat::RGB8, pixels).expect("valid");
    let mut receiver = python.receive("", "for frame in itertools.islice(receiver, 1):");
    let options = send_options(receiver.address);
    let job = SendJob::start(options, FromMemory::boxed(&[Arc::new(rgb)]), no_wake());
    wait(&job);
    let bgr = Digest::of(&[3, 2, 1].repeat(64 * 48));
    assert_eq!(receiver.lines(), [format!("0 deliver BGR uint8 48x64x3 {bgr}")]);
}

#[test]
fn live_frames_from_python_arrive_whole_and_the_newest_is_not_missed() {
    let Some(python) = python() else { return };
    let listener = listen();
    let sending = python.start(&format!(
        "with pixelwire.Sender('127.0.0.1', {}, mode='live', chunk=1400) as sender:\n\
         \x20   for n in range(30):\n\
         \x20       sender.send(np.full((120, 160, 3), n, np.uint8))\n\
         \x20       time.sleep(0.01)",
        listener.address().port()
    ));
    let mut shades = Vec::new();
    while shades.last() != Some(&29) {
        let received = &take(&listener, 1)[0];
        assert_eq!(received.mode, Mode::Live);
        let pixels = received.frame.pixels();
        assert!(pixels.iter().all(|&value| value == pixels[0]), "frames are not mixed");
        shades.push(pixels[0]);
    }
    finish(sending);
    assert!(shades.is_sorted(), "{shades:?}");
}

#[test]
fn live_frames_arrive_in_python_in_order() {
    let Some(python) = python() else { return };
    let frames: Vec<_> = (0..20).map(|seed| image(160, 120, PixelFormat::BGR8, seed)).collect();
    let mut receiver = python.receive("timeout=1", "for frame in receiver:");
    let mut options = send_options(receiver.address);
    options.mode = Mode::Live;
    options.frames_per_second = Some(50.0);
    let job = SendJob::start(options, FromMemory::boxed(&frames), no_wake());
    wait(&job);
    let lines = receiver.lines();
    let mut expected = frames
        .iter()
        .enumerate()
        .map(|(number, frame)| described(number, frame).replace("deliver", "live"));
    // A frame that a busy machine overtook is left out, and no other is in its place.
    assert!(lines.iter().all(|line| expected.any(|frame| frame == *line)), "{lines:?}");
    assert!(lines.len() >= 10, "{lines:?}");
}

#[test]
fn python_digests_as_we_do() {
    let Some(python) = python() else { return };
    let lengths = "[*range(0, 300), 1023, 1024, 1025, 1088, 65536, 262144, 262145, 1000003]";
    let digests = python.run(&format!(
        "data = (np.arange(1000003) * 2654435761 >> 7).astype(np.uint8)\n\
         for length in {lengths}:\n\
         \x20   print(length, f'{{pixelwire.xxh3_64(data[:length]):016x}}')"
    ));
    let data: Vec<u8> =
        (0..1_000_003_u64).map(|at| (at.wrapping_mul(2_654_435_761) >> 7) as u8).collect();
    assert_eq!(digests.len(), 308);
    for line in digests {
        let (length, digest) = line.split_once(' ').expect("two words");
        let length: usize = length.parse().expect("a length");
        assert_eq!(Digest::of(&data[..length]).to_string(), digest, "{length} bytes");
    }
}

#[test]
fn python_says_what_to_do_when_something_is_wrong() {
    let Some(python) = python() else { return };
    let taken = UdpSocket::bind("127.0.0.1:0").expect("bound");
    let port = taken.local_addr().expect("known").port();
    let errors = python.run(&format!(
        "def tried(act):\n\
         \x20   try: act()\n\
         \x20   except (pixelwire.PixelwireError, ValueError) as error: print(error)\n\
         tried(lambda: pixelwire.Receiver({port}, '127.0.0.1'))\n\
         tried(lambda: pixelwire.send(np.zeros((4, 4), bool), '127.0.0.1', {port}))\n\
         tried(lambda: pixelwire.send(np.zeros((4, 4, 5)), '127.0.0.1', {port}))\n\
         tried(lambda: pixelwire.send(np.zeros(4), '127.0.0.1', {port}, mode='fast'))"
    ));
    let words = ["choose another port", "astype", "4x4x5", "\"live\""];
    assert_eq!(errors.len(), words.len(), "{errors:?}");
    for (error, word) in errors.iter().zip(words) {
        assert!(error.contains(word), "{error}");
    }
}

/// What python prints of a frame of ours, as it left.
fn described(number: usize, frame: &Frame) -> String {
    let name = frame.format().to_string();
    let (order, sample, channels) = match name.as_str() {
        "BGR8" => ("BGR", "uint8", "x3"),
        "Mono16" => ("Mono", "uint16", ""),
        "RGBa16" => ("RGBA", "uint16", "x4"),
        "Mono8" => ("Mono", "uint8", ""),
        "Mono32f" => ("Mono", "float32", ""),
        other => panic!("{other} is not described here"),
    };
    let (width, height) = (frame.width(), frame.height());
    format!("{number} deliver {order} {sample} {height}x{width}{channels} {}", frame.digest())
}

/// A program that sends arrays and prints the format and the digest of each.
fn send_arrays(to: SocketAddr) -> String {
    format!(
        "rng = np.random.default_rng(5)\n\
         noise = lambda *shape: rng.integers(0, 256, shape, np.uint8)\n\
         arrays = [\n\
         \x20   ('BGR8', noise(480, 640, 3)), ('Mono16', noise(77, 333, 2).view('<u2')[:, :, 0]),\n\
         \x20   ('BGRa32f', rng.random((50, 60, 4)).astype('f4')), ('Mono64f', rng.random((1, 1))),\n\
         \x20   ('Mono16s', noise(9, 16).view('<i2').astype('>i2')), ('Mono8', noise(40, 50, 1)),\n\
         \x20   ('BGR8s', noise(300, 400, 3).view('i1')[::2, ::-1]), ('BGRa8', noise(120, 160, 4))]\n\
         with pixelwire.Sender('127.0.0.1', {}, chunk=1400, name='lab') as sender:\n\
         \x20   for format, array in arrays:\n\
         \x20       sender.send(array, 'array ' + format)\n\
         \x20       array = array.astype(array.dtype.newbyteorder('<'))\n\
         \x20       print(format, f'{{pixelwire.xxh3_64(array):016x}}')\n\
         assert sender.counters.frames_delivered == len(arrays), sender.counters",
        to.port()
    )
}

/// Expects the arrays of [`send_arrays`], in order.
fn expect_arrays(listener: &Listener, sending: Child) {
    // Frames that nobody takes hold their sender back: they are taken while it runs.
    let received = take(listener, 8);
    let sent = finish(sending);
    assert_eq!(sent.len(), 8);
    for (received, sent) in received.iter().zip(sent) {
        // Computed here from what arrived, and not what the sender said.
        let digest = Digest::of(received.frame.pixels());
        let format = received.frame.format();
        assert_eq!(format!("{format} {digest}"), sent);
        assert_eq!(received.name, Some(format!("array {format}")));
        assert_eq!(received.mode, Mode::Deliver);
    }
}

/// Python with `NumPy`.
struct Python {
    name: &'static str,
}

/// Python with `NumPy`, if this machine has it.
fn python() -> Option<Python> {
    let name = "python3";
    let mut check = Command::new(name);
    check.args(["-c", "import numpy"]).stderr(Stdio::null());
    let found = check.status().is_ok_and(|status| status.success());
    if !found {
        println!("skipped: python3 with NumPy is not installed");
    }
    found.then_some(Python { name })
}

impl Python {
    /// Runs a program to its good end; the lines that it printed.
    fn run(&self, program: &str) -> Vec<String> {
        finish(self.start(program))
    }

    fn start(&self, program: &str) -> Child {
        self.command(program).stdout(Stdio::piped()).spawn().expect("started")
    }

    /// Listens, and describes each frame that `head` iterates over.
    fn receive(&self, options: &str, head: &str) -> PythonReceiver {
        let program = format!(
            "with pixelwire.Receiver(0, '127.0.0.1', {options}) as receiver:\n\
             \x20   print(receiver.port, flush=True)\n\
             \x20   {head}\n\
             \x20       shape = 'x'.join(map(str, frame.array.shape))\n\
             \x20       digest = pixelwire.xxh3_64(frame.array)\n\
             \x20       print(frame.number, frame.mode, frame.order, frame.array.dtype, shape,\n\
             \x20             f'{{digest:016x}}', flush=True)"
        );
        let mut child = self.command(&program).stdout(Stdio::piped()).spawn().expect("started");
        let mut output = BufReader::new(child.stdout.take().expect("piped"));
        let mut line = String::new();
        output.read_line(&mut line).expect("a line");
        let port: u16 = line.trim().parse().expect("a port");
        PythonReceiver { child, output, address: SocketAddr::from(([127, 0, 0, 1], port)) }
    }

    fn command(&self, program: &str) -> Command {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/python");
        let start = format!(
            "import itertools, sys, time; sys.path.insert(0, {folder:?})\n\
             import numpy as np, pixelwire\n"
        );
        let mut command = Command::new(self.name);
        command.args(["-B", "-c", &(start + program)]);
        command
    }
}

/// Waits for a program's good end; the lines that it printed.
fn finish(child: Child) -> Vec<String> {
    let output = child.wait_with_output().expect("ended");
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(output.status.success(), "{text}");
    text.lines().map(str::to_owned).collect()
}

/// A Python receiver; killed when dropped.
struct PythonReceiver {
    child: Child,
    output: BufReader<ChildStdout>,
    address: SocketAddr,
}

impl PythonReceiver {
    /// Waits for its good end; what it said of each frame.
    fn lines(&mut self) -> Vec<String> {
        let mut text = String::new();
        self.output.read_to_string(&mut text).expect("text");
        assert!(self.child.wait().expect("ended").success(), "{text}");
        text.lines().map(str::to_owned).collect()
    }
}

impl Drop for PythonReceiver {
    fn drop(&mut self) {
        // Ended already, unless the test failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Passes datagrams on both ways and loses one in twenty, after a seed.
struct Relay {
    address: SocketAddr,
    fate: Arc<Fate>,
    thread: JoinHandle<()>,
}

/// What a relay's threads share.
#[derive(Default)]
struct Fate {
    over: AtomicBool,
    dropped: AtomicU64,
}

impl Relay {
    fn start(to: SocketAddr, seed: u64) -> Self {
        let bound = || {
            let socket = UdpSocket::bind("127.0.0.1:0").expect("a free port");
            socket.set_read_timeout(Some(Duration::from_millis(20))).expect("set");
            socket
        };
        let (front, back) = (bound(), bound());
        let address = front.local_addr().expect("known");
        back.connect(to).expect("connected");
        let fate = Arc::new(Fate::default());
        let shared = fate.clone();
        let run = move || shared.relay(&front, &back, seed);
        let thread = thread::Builder::new().name("relay".to_owned()).spawn(run).expect("started");
        Self { address, fate, thread }
    }

    /// Ends it; how many datagrams it has lost.
    fn stop(self) -> u64 {
        self.fate.over.store(true, Ordering::Relaxed);
        self.thread.join().expect("ended");
        self.fate.dropped.load(Ordering::Relaxed)
    }
}

impl Fate {
    fn relay(&self, front: &UdpSocket, back: &UdpSocket, seed: u64) {
        // Who the sender is, its first datagram tells; until then nothing can come back.
        let mut datagram = vec![0; 65_536];
        while !self.over.load(Ordering::Relaxed) {
            if let Ok((_, sender)) = front.peek_from(&mut datagram) {
                front.connect(sender).expect("connected");
                break;
            }
        }
        thread::scope(|scope| {
            let backward = thread::Builder::new().name("relay-back".to_owned());
            let run = || self.pass(back, front, seed + 1);
            backward.spawn_scoped(scope, run).expect("started");
            self.pass(front, back, seed);
        });
    }

    fn pass(&self, from: &UdpSocket, to: &UdpSocket, seed: u64) {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut datagram = vec![0; 65_536];
        while !self.over.load(Ordering::Relaxed) {
            let Ok(length) = from.recv(&mut datagram) else { continue };
            if random.u32(..20) == 0 {
                self.dropped.fetch_add(1, Ordering::Relaxed);
            } else {
                // Whoever has left does not miss it.
                let _ = to.send(&datagram[..length]);
            }
        }
    }
}
