//! Addresses that lead inward: nothing on this machine or its network sees a connection.
//!
//! Shown in a network of its own (`unshare`, `ip`), in which every address there is leads to the test's
//! own listeners: so a connection to whatever address would be seen, and the first story sees some.

use std::{
    io::{Read, Write},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream},
    process::Command,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use proca::webhook::{
    Answer, Authorities, Names, Reach, SigningSecret, WebhookClient, WebhookError, WebhookUrl, fetch,
};

/// Leads every address there is to this machine.
const EVERYTHING_LOCAL: &str = r#"ip link set lo up && ip route add local 0.0.0.0/0 dev lo || exit 1
ip -6 route add local ::/0 dev lo 2>/dev/null; exec "$0" "$@""#;

const PROXY: &str = "http://127.0.0.1:3128";

/// Runs a program in a network of its own, if this machine allows that.
fn in_a_network_of_its_own(program: &str, arguments: &[&str]) -> Option<std::process::Output> {
    let ways: [&[&str]; 2] = [&["--net"], &["--net", "--map-root-user"]];
    let enter = |way: &[&str], program: &str| {
        let mut command = Command::new("unshare");
        command.args(way).args(["--", "sh", "-c", EVERYTHING_LOCAL, program]);
        command
    };
    let way = ways.iter().find(|way| enter(way, "true").output().is_ok_and(|out| out.status.success()))?;
    let mut command = enter(way, program);
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"] {
        command.env(name, PROXY);
    }
    command.args(arguments).env("PROCA_INSIDE", "1").output().ok()
}

#[test]
fn nothing_inside_sees_a_connection_and_a_public_address_does() {
    let stories = std::env::current_exe().unwrap();
    let inside = ["inward::inside", "--exact", "--ignored", "--nocapture"];
    let Some(output) = in_a_network_of_its_own(stories.to_str().unwrap(), &inside) else {
        assert!(std::env::var("PROCA_NETWORKS").is_err(), "this machine gives tests no network of their own");
        eprintln!("not run: this machine gives tests no network of their own");
        return;
    };
    let said =
        [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).join("");
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

/// Everything that listens, and the addresses that connections were made to.
struct Inside {
    reached: Arc<Mutex<Vec<SocketAddr>>>,
    listening: Vec<SocketAddr>,
}

const REDIRECTING: u16 = 8080;

impl Inside {
    fn listen() -> Self {
        let (reached, mut listening) = (Arc::default(), Vec::new());
        for port in [80, 443, 3128, REDIRECTING, 8443] {
            for ip in [IpAddr::V4(Ipv4Addr::UNSPECIFIED), IpAddr::V6(Ipv6Addr::UNSPECIFIED)] {
                // Where IPv6 listeners take IPv4 as well, the second finds the port taken.
                let Ok(listener) = TcpListener::bind((ip, port)) else { continue };
                listening.push(SocketAddr::new(ip, port));
                let reached = Arc::clone(&reached);
                std::thread::spawn(move || {
                    for stream in listener.incoming().map_while(Result::ok) {
                        note(&reached, stream, port);
                    }
                });
            }
        }
        Self { reached, listening }
    }

    /// The addresses that were connected to, in the order of the ports, and forgets them.
    ///
    /// One connection of ours comes last at each listener, so that nothing can still be on its way.
    fn reached(&self) -> Vec<SocketAddr> {
        let marks: Vec<SocketAddr> = self
            .listening
            .iter()
            .map(|at| match at.ip() {
                IpAddr::V4(_) => SocketAddr::new(Ipv4Addr::new(127, 9, 9, 9).into(), at.port()),
                IpAddr::V6(_) => SocketAddr::new(Ipv6Addr::LOCALHOST.into(), at.port()),
            })
            .collect();
        for mark in &marks {
            let mut stream = TcpStream::connect(mark).unwrap();
            stream.read_to_end(&mut Vec::new()).unwrap();
        }
        let mut reached = std::mem::take(&mut *self.reached.lock().unwrap());
        for mark in marks {
            let at = reached.iter().rposition(|address| *address == mark).expect("our own is seen");
            reached.remove(at);
        }
        reached
    }
}

/// Notes where a connection was made to, and ends it; one port leads on, inward.
fn note(reached: &Mutex<Vec<SocketAddr>>, mut stream: TcpStream, port: u16) {
    let at = stream.local_addr().unwrap();
    reached.lock().unwrap().push(SocketAddr::new(at.ip().to_canonical(), at.port()));
    if port == REDIRECTING && stream.set_read_timeout(Some(Duration::from_millis(200))).is_ok() {
        let asked = stream.read(&mut [0; 4096]).unwrap_or_default();
        let answer = b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:80/\r\ncontent-length: 0\r\n\r\n";
        if asked > 0 && stream.write_all(answer).is_err() {
            eprintln!("nobody waits for the redirect");
        }
    }
}

async fn post(client: &WebhookClient, url: &WebhookUrl) -> Result<Answer, WebhookError> {
    let at = "2026-07-01T10:00:00Z".parse().unwrap();
    client.post(url, &[SigningSecret::new([7; 32])], "msg_1", at, "{}".to_owned()).await
}

fn public(url: &str) -> WebhookUrl {
    WebhookUrl::parse(url, Reach::Public).unwrap_or_else(|error| panic!("{url}: {error}"))
}

/// A client for which every name stands for these addresses.
fn told(addresses: &[&str]) -> WebhookClient {
    let addresses: Vec<IpAddr> = addresses.iter().map(|ip| ip.parse().unwrap()).collect();
    WebhookClient::with_names(
        Reach::Public,
        &Authorities::default(),
        Names::Scripted(Arc::new(move |_| addresses.clone())),
    )
}

/// Addresses that are not everybody's: of this machine, of its network, of its cloud, of nobody.
const NOT_PUBLIC: [&str; 40] = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.254",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.253",
    "169.254.169.254",
    "169.254.170.2",
    "172.16.0.1",
    "172.31.255.254",
    "192.0.0.1",
    "192.0.0.192",
    "192.0.2.1",
    "192.31.196.1",
    "192.52.193.1",
    "192.88.99.1",
    "192.168.0.1",
    "192.175.48.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::10.0.0.1",
    "2001::f5ff:fffe",
    "2001:db8::1",
    "2002:a00:1::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
];

/// Ways to write this machine, its network and its cloud into a URL.
const SPELLINGS: [&str; 34] = [
    "https://127.0.0.1/",
    "https://127.0.0.1:8443/",
    "https://127.0.0.1./",
    "https://127.1/",
    "https://2130706433/",
    "https://017700000001/",
    "https://0x7f000001/",
    "https://0x7f.0.0.1/",
    "https://0/",
    "https://%31%32%37.0.0.1/",
    "https://127%2e0%2e0%2e1/",
    "https://１２７.０.０.１/",
    "https://127。0。0。1/",
    "https:\\\\127.0.0.1\\",
    "https:127.0.0.1",
    "https://[::1]/",
    "https://[::1]:8443/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::10.0.0.1]/",
    "https://[64:ff9b::a00:1]/",
    "https://[fe80::1]/",
    "https://10.0.0.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://192.168.0.1/",
    "https://localhost/",
    "https://localhost./",
    "https://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/",
    "https://crm.example.org@127.0.0.1/",
    "https://crm.example.org%2f@10.0.0.1/",
    "https://crm.example.org\\@127.0.0.1/",
    "https://127.0.0.1.nip.example/",
    "https://crm.example.org:80/",
    "http://127.0.0.1/",
    "http://crm.example.org/",
];

#[tokio::test]
#[ignore = "runs in a network of its own, which the story above makes"]
async fn inside() {
    assert!(std::env::var("PROCA_INSIDE").is_ok(), "it is started by the story above");
    let inside = Inside::listen();
    a_public_address_sees_a_connection_and_no_proxy_does(&inside).await;
    for url in SPELLINGS {
        // Where one passes as a name, the name stands for this machine.
        if let Ok(url) = WebhookUrl::parse(url, Reach::Public) {
            let ended = post(&told(&["127.0.0.1"]), &url).await;
            assert!(matches!(ended, Err(WebhookError::NotConnected(_))), "{url:?}: {ended:?}");
        }
        assert_eq!(inside.reached(), [], "{url}");
    }
    for ip in NOT_PUBLIC {
        for addresses in [vec![ip], vec!["8.8.8.8", ip], vec![ip, "8.8.8.8"], vec!["2606:4700::1111", ip]] {
            let ended = post(&told(&addresses), &public("https://crm.example.org/")).await;
            assert!(matches!(ended, Err(WebhookError::NotConnected(_))), "{addresses:?}: {ended:?}");
        }
        assert_eq!(inside.reached(), [], "{ip}");
    }
    a_name_that_changes_is_connected_to_as_it_was_looked_at(&inside).await;
    a_redirect_leads_nowhere(&inside).await;
}

async fn a_public_address_sees_a_connection_and_no_proxy_does(inside: &Inside) {
    let ended = post(&told(&["8.8.8.8"]), &public("https://crm.example.org/")).await;
    assert!(ended.is_err(), "nobody there speaks TLS");
    assert_eq!(inside.reached(), ["8.8.8.8:443".parse().unwrap()]);
    if TcpStream::connect("[2606:4700::1111]:443").is_err() {
        eprintln!("no IPv6 on this machine: only IPv4 is watched");
        return;
    }
    assert_eq!(inside.reached(), ["[2606:4700::1111]:443".parse().unwrap()]);
    assert!(post(&told(&["2606:4700::1111"]), &public("https://crm.example.org:8443/")).await.is_err());
    assert_eq!(inside.reached(), ["[2606:4700::1111]:8443".parse().unwrap()]);
}

async fn a_name_that_changes_is_connected_to_as_it_was_looked_at(inside: &Inside) {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let turn = move |_: &str| {
        let first = count.fetch_add(1, Ordering::SeqCst) == 0;
        vec![if first { IpAddr::from([8, 8, 4, 4]) } else { IpAddr::from([127, 0, 0, 1]) }]
    };
    let client =
        WebhookClient::with_names(Reach::Public, &Authorities::default(), Names::Scripted(Arc::new(turn)));
    assert!(post(&client, &public("https://crm.example.org/")).await.is_err());
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    assert_eq!(inside.reached(), ["8.8.4.4:443".parse().unwrap()]);
    assert!(post(&client, &public("https://crm.example.org/")).await.is_err());
    assert_eq!(inside.reached(), [], "by then it stands for this machine");
}

async fn a_redirect_leads_nowhere(inside: &Inside) {
    let client = WebhookClient::new(Reach::Loopback, &Authorities::default());
    let redirecting: SocketAddr = ([127, 0, 0, 1], REDIRECTING).into();
    let url = WebhookUrl::parse(&format!("http://{redirecting}/"), Reach::Loopback).unwrap();
    assert_eq!(post(&client, &url).await.unwrap().status, 302);
    assert!(fetch(&url, Reach::Loopback).await.is_err());
    assert_eq!(inside.reached(), [redirecting, redirecting]);
}
