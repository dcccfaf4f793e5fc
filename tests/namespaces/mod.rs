//! Two hosts made of network namespaces, joined by a shaped link, and our program running on them.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;

const PORT: &str = "4321";

/// A sender's and a receiver's host. Both are gone when this is dropped.
pub(crate) struct Hosts {
    sender: String,
    receiver: String,
    family: Family,
    folder: tempfile::TempDir,
    programs: AtomicU32,
    backlog_before: u64,
    /// Two links at once would only measure how many processors there are.
    _alone: MutexGuard<'static, ()>,
}

static ALONE: Mutex<()> = Mutex::new(());

/// Tells namespaces of one process apart.
static MADE: AtomicU32 = AtomicU32::new(0);

/// How the hosts are named, and what drops packets on their way.
struct Family {
    sender: &'static str,
    receiver: &'static str,
    filter: &'static str,
}

impl Family {
    fn is_ipv6(&self) -> bool {
        self.sender.contains(':')
    }

    /// An address as an interface takes it, and no look around for others that have it.
    fn with_prefix(&self, address: &str) -> String {
        if self.is_ipv6() { format!("{address}/64 nodad") } else { format!("{address}/24") }
    }

    /// Waits until multicast can be heard, which with IPv6 is a moment after the interface is there.
    fn is_ready(&self, host: &str) -> bool {
        let hears = || {
            let mut routes = Command::new("ip");
            routes.args(["-n", host, "-6", "route", "show", "table", "local", "type", "multicast"]);
            routes.output().is_ok_and(|output| !output.stdout.is_empty())
        };
        !self.is_ipv6()
            || (0..200).any(|_| {
                std::thread::sleep(Duration::from_millis(10));
                hears()
            })
    }
}

const IPV4: Family = Family { sender: "10.77.0.1", receiver: "10.77.0.2", filter: "iptables" };
const IPV6: Family = Family { sender: "fd77::1", receiver: "fd77::2", filter: "ip6tables" };

impl Hosts {
    /// The hosts, or `None` (and a line that says why) where they are not to be had.
    pub(crate) fn new() -> Option<Self> {
        Self::of(IPV4)
    }

    /// The same, where they speak IPv6.
    pub(crate) fn over_ipv6() -> Option<Self> {
        Self::of(IPV6)
    }

    fn of(family: Family) -> Option<Self> {
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let tag = format!("{}-{number}", std::process::id());
        let hosts = Self {
            sender: format!("pixelwire-s{tag}"),
            receiver: format!("pixelwire-r{tag}"),
            family,
            folder: tempfile::tempdir().expect("a folder"),
            programs: AtomicU32::new(0),
            backlog_before: backlog_drops(),
            _alone: ALONE.lock().unwrap_or_else(PoisonError::into_inner),
        };
        if !hosts.set_up(number) {
            println!(
                "skipped: no network namespaces (they take root, iproute2, ethtool and iptables)"
            );
            return None;
        }
        Some(hosts)
    }

    /// Lets the receiver's kernel drop this share of the datagrams that arrive.
    pub(crate) fn drop_arriving(&self, share: f64) {
        let rule = format!(
            "-A INPUT -p udp --dport {PORT} -m statistic --mode random --probability {share} -j DROP"
        );
        self.filter(&rule);
    }

    fn filter(&self, rule: &str) {
        let filter = self.family.filter;
        assert!(run(&format!("ip netns exec {} {filter} {rule}", self.receiver)), "{rule}");
    }

    /// How many datagrams the receiver's kernel has dropped: by the rule, and because a processor's
    /// queue of arriving packets was full, which happens on a busy machine.
    pub(crate) fn dropped(&self) -> u64 {
        let output = Command::new("ip")
            .args(["netns", "exec", &self.receiver, self.family.filter])
            .args(["-L", "INPUT", "-v", "-x", "-n"])
            .output()
            .expect("iptables runs");
        let listing = String::from_utf8_lossy(&output.stdout).into_owned();
        let rule = listing.lines().find(|line| line.contains("DROP") && line.contains("udp"));
        let count = rule.and_then(|line| line.split_whitespace().next());
        let by_rule: u64 = count.and_then(|count| count.parse().ok()).expect("a rule with a count");
        by_rule + backlog_drops() - self.backlog_before
    }

    /// Our receiver, running, with more arguments.
    pub(crate) fn receiver(&self, arguments: &[&str]) -> Program {
        let listen = format!("0.0.0.0:{PORT}");
        let mut all = vec!["receive", "--json", "--listen", &listen];
        all.extend(arguments);
        let program = self.start(&self.receiver, &all);
        program.wait_for("\"listening\"");
        program
    }

    /// Our receiver, running, on the receiver's host as one of several that hear a group.
    pub(crate) fn group_receiver(&self, arguments: &[&str]) -> Program {
        let mut all =
            vec!["receive", "--json", "--no-announce", "--interface", self.family.receiver];
        all.extend(arguments);
        let program = self.start(&self.receiver, &all);
        program.wait_for("\"listening\"");
        program
    }

    /// Our sender, running, to a group.
    pub(crate) fn group_sender(&self, group: &str, arguments: &[&str]) -> Program {
        let mut all = vec!["send", "--json", "--to", group, "--interface", self.family.sender];
        all.extend(arguments);
        self.start(&self.sender, &all)
    }

    /// Our sender, running, with an input and more arguments.
    pub(crate) fn sender(&self, arguments: &[&str]) -> Program {
        let mut all = vec!["send", "--json", "--to", self.family.receiver];
        all.extend(arguments);
        self.start(&self.sender, &all)
    }

    /// A connection test from the sender's host, and what it said.
    pub(crate) fn test(&self) -> Value {
        self.start(&self.sender, &["test", "--json", self.family.receiver]).summary()
    }

    /// This very test program on the sender's host, running only the test called `name`.
    pub(crate) fn helper(&self, name: &str) -> Program {
        let program = std::env::current_exe().expect("we run");
        let arguments = [name, "--exact", "--ignored", "--nocapture"];
        self.start_program(&self.sender, &program, &arguments)
    }

    /// Lets packets up to so many bytes pass the receiver's end of the link, and no larger ones.
    pub(crate) fn narrow(&self, mtu: u32) {
        let rule = format!("-A INPUT -p udp -m length --length {}:65535 -j DROP", mtu + 1);
        self.filter(&rule);
    }

    fn start(&self, host: &str, arguments: &[&str]) -> Program {
        self.start_program(host, env!("CARGO_BIN_EXE_pixelwire").as_ref(), arguments)
    }

    fn start_program(&self, host: &str, program: &Path, arguments: &[&str]) -> Program {
        let number = self.programs.fetch_add(1, Ordering::Relaxed);
        let output = self.folder.path().join(format!("{number}.json"));
        let child = Command::new("ip")
            .args(["netns", "exec", host])
            .arg(program)
            .args(arguments)
            .stdout(File::create(&output).expect("a file"))
            .stderr(Stdio::null())
            .spawn()
            .expect("ip runs");
        Program { child, output }
    }

    fn set_up(&self, number: u32) -> bool {
        let Self { sender, receiver, family, .. } = self;
        let (near, far) = (format!("pws{number}"), format!("pwr{number}"));
        let offloads = "tso off gso off gro off tx-udp-segmentation off";
        [
            format!("ip netns add {sender}"),
            format!("ip netns add {receiver}"),
            format!("ip link add {near} netns {sender} type veth peer name {far} netns {receiver}"),
            format!("ip -n {sender} addr add {} dev {near}", family.with_prefix(family.sender)),
            format!("ip -n {receiver} addr add {} dev {far}", family.with_prefix(family.receiver)),
            format!("ip -n {sender} link set {near} up"),
            format!("ip -n {receiver} link set {far} up"),
            format!("ip netns exec {sender} ethtool -K {near} {offloads}"),
            format!("ip netns exec {receiver} ethtool -K {far} {offloads}"),
            format!(
                "ip netns exec {sender} tc qdisc add dev {near} root tbf rate 1gbit burst 32kb latency 10ms"
            ),
            format!("ip netns exec {receiver} {} -L INPUT", family.filter),
        ]
        .iter()
        .all(|command| run(command))
            && [sender, receiver].into_iter().all(|host| family.is_ready(host))
    }
}

impl Drop for Hosts {
    fn drop(&mut self) {
        for host in [&self.sender, &self.receiver] {
            run(&format!("ip netns del {host}"));
        }
    }
}

/// A program of ours, ended when it is dropped.
pub(crate) struct Program {
    child: Child,
    output: PathBuf,
}

impl Program {
    /// Waits for the end, and gives all that it said.
    pub(crate) fn finish(mut self) -> String {
        self.child.wait().expect("it ends");
        std::fs::read_to_string(&self.output).expect("its output")
    }

    /// Waits for the end, and gives the summary that it printed last.
    pub(crate) fn summary(self) -> Value {
        let output = self.finish();
        let last = output.lines().last().expect("a summary");
        serde_json::from_str(last).expect("JSON")
    }

    /// Ends it without a word, as a pulled plug would.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
    }

    /// Asks it to end, as Ctrl-C does, and waits until it has.
    pub(crate) fn stop(mut self) {
        assert!(run(&format!("kill -TERM {}", self.child.id())));
        self.child.wait().expect("it ends");
    }

    /// What it has said so far.
    pub(crate) fn said(&self) -> String {
        std::fs::read_to_string(&self.output).unwrap_or_default()
    }

    /// Waits until it has said `text`.
    pub(crate) fn wait_for(&self, text: &str) {
        for _ in 0..1000 {
            if self.said().contains(text) {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        unreachable!("no {text} within ten seconds");
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Packets that the kernel dropped because a processor's queue was full, on the whole machine.
fn backlog_drops() -> u64 {
    let statistics = std::fs::read_to_string("/proc/net/softnet_stat").unwrap_or_default();
    let dropped = |line: &str| u64::from_str_radix(line.split_whitespace().nth(1)?, 16).ok();
    statistics.lines().filter_map(dropped).sum()
}

fn run(command: &str) -> bool {
    let mut words = command.split_whitespace();
    let Some(program) = words.next() else { return false };
    let status =
        Command::new(program).args(words).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}
