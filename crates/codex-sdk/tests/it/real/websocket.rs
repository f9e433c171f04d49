//! Clients of a server that runs already.

use super::Stage;
use super::listening_server::ListeningServer;
use crate::guard::within;
use codex_sdk::protocol::{
    AbsolutePathBuf, FsReadFileParams, FsWriteFileParams, SortDirection, ThreadLoadedListParams,
    ThreadTurnsListParams, Turn,
};
use codex_sdk::transport::websocket::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use codex_sdk::transport::websocket::rustls::{ServerConfig, crypto};
use codex_sdk::transport::{Direction, Frame, Tap, WebSocket};
use codex_sdk::{
    AskForApproval, Codex, Error, Id, Thread, ThreadItem, TurnResult, TurnStatus,
    UnansweredRequests,
};
use codex_testkit::{Gate, Reply};
use serde_json::Value;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;

#[tokio::test]
async fn a_turn_over_tcp_and_the_server_outlives_its_client() {
    within(async {
        let stage = Stage::set().await;
        let server = ListeningServer::tcp(&stage, &[]).await;
        whole_turns(&stage, &server.url).await;
    })
    .await;
}

#[tokio::test]
async fn a_turn_over_a_unix_socket_and_the_server_outlives_its_client() {
    within(async {
        let stage = Stage::set().await;
        let server = ListeningServer::unix(&stage).await;
        whole_turns(&stage, &server.url).await;
    })
    .await;
}

/// One turn by one client, and another by the next one on the same thread.
async fn whole_turns(stage: &Stage, url: &str) {
    let words: Vec<String> = (0..200).map(|number| format!("w{number} ")).collect();
    stage.model.reply(Reply::deltas(words.clone()));
    stage.model.reply(Reply::text("two"));

    let codex = Codex::connect(url).await.unwrap();
    assert_eq!(codex.metadata().server_version, codex_runtime::PINNED_VERSION);
    let thread = codex.thread_start().await.unwrap();
    let turn = thread.turn("Count.").await.unwrap();
    let mut stream = turn.stream().unwrap();
    let mut deltas = Vec::new();
    while let Some(event) = stream.next().await {
        deltas.extend(event.unwrap().text_delta().map(str::to_owned));
    }
    assert_eq!(deltas, words);
    let result = stream.result().await.unwrap();
    assert_eq!((result.status, result.text), (TurnStatus::Completed, words.concat()));
    codex.close().await.unwrap();
    codex.close().await.unwrap();
    let Error::Disconnected(cause) = thread.run("x").await.unwrap_err() else { panic!("open") };
    assert!(cause.is_closed(), "{cause}");

    let codex = Codex::connect(url).await.unwrap();
    let thread = codex.thread_resume(thread.id().clone()).await.unwrap();
    assert_eq!(thread.run("And?").await.unwrap().text, "two");
    codex.close().await.unwrap();
}

#[tokio::test]
async fn a_capability_token_opens_the_server_and_nothing_else_does() {
    within(async {
        let stage = Stage::set().await;
        let file = stage.home.path().join("token");
        std::fs::write(&file, "open-sesame").unwrap();
        let file = file.to_str().unwrap();
        let args = ["--ws-auth", "capability-token", "--ws-token-file", file];
        let server = ListeningServer::tcp(&stage, &args).await;
        let builder = || WebSocket::builder(&*server.url);

        let codex = Codex::connect(builder().bearer_token("open-sesame")).await.unwrap();
        stage.model.reply(Reply::text("in"));
        let thread = codex.thread_start().await.unwrap();
        assert_eq!(thread.run("hi").await.unwrap().text, "in");
        codex.close().await.unwrap();

        for (builder, why) in [
            (builder(), "the server asks for a bearer token (HTTP 401), and none was given"),
            (builder().bearer_token("sesame"), "the server refused the bearer token (HTTP 401)"),
        ] {
            let error = Codex::connect(builder).await.unwrap_err();
            assert!(matches!(error, Error::Connect(_)), "{error:?}");
            let url = &server.url;
            assert_eq!(error.to_string(), format!("could not connect to {url}: {why}"));
            assert!(!format!("{error:?}").contains("sesame"), "{error:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_server_that_is_not_there_is_told_from_one_that_is_no_app_server() {
    within(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("ws://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.read(&mut [0; 4096]).await;
            stream.write_all(b"HTTP/1.1 404 Not Found\r\n\r\n").await.unwrap();
        });
        let error = Codex::connect(&*url).await.unwrap_err().to_string();
        let why = "the server answered HTTP 404 instead of opening a WebSocket";
        assert_eq!(error, format!("could not connect to {url}: {why}"));

        // Bound, so that nobody else gets the port, and not listening.
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let url = format!("ws://{}", socket.local_addr().unwrap());
        let error = Codex::connect(&*url).await.unwrap_err().to_string();
        let start = format!("could not connect to {url}: the server cannot be reached: ");
        assert!(error.starts_with(&start), "{error}");
    })
    .await;
}

/// What a client of [`observed`] sent and got, in order.
pub(super) type Seen = mpsc::UnboundedReceiver<(Direction, Value)>;

/// A client that connects by hand, so that its frames can be watched; it leaves the server's requests alone.
pub(super) async fn observed(url: &str) -> (Codex, Seen) {
    let (tell, seen) = mpsc::unbounded_channel();
    let socket = WebSocket::connect(url).await.unwrap();
    let tap = Tap::new(socket, move |direction, frame| {
        let Frame::Text(text) = frame else { panic!("{frame:?}") };
        let _ = tell.send((direction, serde_json::from_str(text).unwrap()));
    });
    let builder = Codex::builder().unanswered_requests(UnansweredRequests::Leave);
    (builder.transport(tap).start().await.unwrap(), seen)
}

/// Waits for a message of the server with this method; none of the client's before it may be an answer.
pub(super) async fn seen(frames: &mut Seen, method: &str) -> Value {
    loop {
        let (direction, frame) = frames.recv().await.expect("the connection is over");
        match direction {
            Direction::ToServer => assert!(frame.get("method").is_some(), "an answer: {frame}"),
            _ if frame["method"] == method => return frame,
            _ => {}
        }
    }
}

/// How the commands of a turn ended.
pub(super) fn commands(result: &TurnResult) -> Vec<&str> {
    let mut statuses = Vec::new();
    for item in result.items.iter() {
        if let ThreadItem::CommandExecution(command) = &**item {
            statuses.push(command.status.as_str());
        }
    }
    statuses
}

/// A thread of `codex` on which every command is asked for, and which has had a turn, so that others can resume it.
pub(super) async fn asking_thread(stage: &Stage, codex: &Codex) -> Thread {
    stage.model.reply(Reply::text("hello"));
    let thread = codex.thread_start().approval_policy(AskForApproval::Untrusted).await.unwrap();
    thread.run("hi").await.unwrap();
    stage.model.reply(Reply::shell("echo from-the-shell"));
    stage.model.reply(Reply::text("done"));
    thread
}

#[tokio::test]
async fn a_second_client_sees_the_turn_of_the_first_and_leaves_its_approval_alone() {
    within(async {
        let stage = Stage::set().await;
        let server = ListeningServer::tcp(&stage, &[]).await;
        let owner = Codex::builder().unanswered_requests(UnansweredRequests::Decline);
        let owner = owner.connect(&*server.url).await.unwrap();
        let thread = asking_thread(&stage, &owner).await;
        let (other, mut frames) = observed(&server.url).await;
        other.thread_resume(thread.id().clone()).await.unwrap();

        let turn = thread.turn("run it").await.unwrap();
        let result = turn.run().await.unwrap();
        assert_eq!((&result.status, &*result.text), (&TurnStatus::Completed, "done"));
        assert_eq!(commands(&result), ["declined"], "by the first, which was told to");

        let started = seen(&mut frames, "turn/started").await;
        assert_eq!(started["params"]["turn"]["id"], **turn.id());
        let asked = seen(&mut frames, "item/commandExecution/requestApproval").await;
        assert_eq!(asked["params"]["turnId"], **turn.id());
        seen(&mut frames, "serverRequest/resolved").await;
        let completed = seen(&mut frames, "turn/completed").await;
        assert_eq!(completed["params"]["turn"]["status"], "completed");
        other.close().await.unwrap();
        owner.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn what_connected_clients_leave_alone_waits_for_one_that_answers() {
    within(async {
        let stage = Stage::set().await;
        let server = ListeningServer::tcp(&stage, &[]).await;
        // By default, since it is connected.
        let owner = Codex::connect(&*server.url).await.unwrap();
        let thread = asking_thread(&stage, &owner).await;
        let (other, mut frames) = observed(&server.url).await;
        other.thread_resume(thread.id().clone()).await.unwrap();

        let turn = thread.turn("run it").await.unwrap();
        seen(&mut frames, "item/commandExecution/requestApproval").await;
        // Answers would have gone out before these.
        for codex in [&owner, &other] {
            codex.request(ThreadLoadedListParams::default()).await.unwrap();
        }
        assert_eq!(turns(&other, thread.id()).await[0].status, TurnStatus::InProgress);

        // The request is sent again to a third, and that one declines.
        let third = Codex::builder().unanswered_requests(UnansweredRequests::Decline);
        let third = third.connect(&*server.url).await.unwrap();
        third.thread_resume(thread.id().clone()).await.unwrap();
        let result = turn.run().await.unwrap();
        assert_eq!((&result.status, &*result.text), (&TurnStatus::Completed, "done"));
        assert_eq!(commands(&result), ["declined"]);
        seen(&mut frames, "turn/completed").await;
        for codex in [owner, other, third] {
            codex.close().await.unwrap();
        }
    })
    .await;
}

/// The thread's turns, newest first.
async fn turns(codex: &Codex, thread_id: &Id) -> Vec<Turn> {
    let list = ThreadTurnsListParams::new(thread_id.clone()).sort_direction(SortDirection::Desc);
    codex.request(list).await.unwrap().data
}

#[tokio::test]
async fn a_turn_goes_on_without_its_client_and_can_be_read_by_the_next() {
    within(async {
        let stage = Stage::set().await;
        let server = ListeningServer::tcp(&stage, &[]).await;
        let (url, line) = forward(&server.url).await;
        let codex = Codex::connect(url).await.unwrap();
        let gate = Gate::new();
        stage.model.reply(Reply::deltas(["a"]).hold(&gate).more(["b"]));
        let thread = codex.thread_start().await.unwrap();
        let turn = thread.turn("hi").await.unwrap();
        let run = turn.run();
        gate.reached().await.unwrap();
        line.abort();
        let error = run.await.unwrap_err();
        assert!(error.is_disconnected(), "{error:?}");
        let Error::Disconnected(cause) = &error else { panic!("{error:?}") };
        assert!(!cause.is_closed() && cause.exit_status().is_none(), "{cause:?}");
        assert_eq!(thread.run("x").await.unwrap_err().to_string(), error.to_string());
        codex.close().await.unwrap();
        gate.open();

        let codex = Codex::connect(&*server.url).await.unwrap();
        let resumed = codex.thread_resume(thread.id().clone()).await.unwrap();
        // Whether it has ended by now or not.
        let result = resumed.attach(turn.id().clone()).await.unwrap().run().await.unwrap();
        assert_eq!((result.status, &*result.text), (TurnStatus::Completed, "ab"));
        let last = turns(&codex, thread.id()).await.swap_remove(0);
        assert_eq!((&last.id, last.status), (turn.id(), TurnStatus::Completed));
        stage.model.reply(Reply::text("on we go"));
        assert_eq!(resumed.run("again").await.unwrap().text, "on we go");
        codex.close().await.unwrap();
    })
    .await;
}

/// Another address of the server, by way of a task whose end cuts the connection.
async fn forward(url: &str) -> (String, tokio::task::JoinHandle<()>) {
    let server = url.strip_prefix("ws://").unwrap().to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}", listener.local_addr().unwrap());
    let line = tokio::spawn(async move {
        let (mut near, _) = listener.accept().await.unwrap();
        let mut far = TcpStream::connect(server).await.unwrap();
        let _ = copy_bidirectional(&mut near, &mut far).await;
    });
    (url, line)
}

#[tokio::test]
async fn twenty_megabytes_go_there_and_come_back() {
    within(async {
        let stage = Stage::set().await;
        let server = ListeningServer::tcp(&stage, &[]).await;
        let codex = Codex::connect(&*server.url).await.unwrap();
        let path = stage.home.work_dir().join("large");
        let large = "QUJD".repeat(20_000_000 / 3);
        let name = || AbsolutePathBuf::from(path.to_str().unwrap());
        codex.request(FsWriteFileParams::new(large.clone(), name())).await.unwrap();
        assert!(std::fs::read(&path).unwrap() == "ABC".repeat(20_000_000 / 3).into_bytes());
        let read = codex.request(FsReadFileParams::new(name())).await.unwrap();
        assert!(read.data_base64 == large);
        codex.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_server_that_is_told_to_end_drops_its_clients_cleanly() {
    within(async {
        let stage = Stage::set().await;
        let server = ListeningServer::tcp(&stage, &[]).await;
        let codex = Codex::connect(&*server.url).await.unwrap();
        let gate = Gate::new();
        stage.model.reply(Reply::deltas(["a"]).hold(&gate).more(["b"]));
        let thread = codex.thread_start().await.unwrap();
        let turn = thread.turn("hi").await.unwrap();
        let run = turn.run();
        gate.reached().await.unwrap();
        server.terminate();
        gate.open();
        // It finishes the turn; whether it still says so is a matter of who is faster.
        if let Ok(result) = run.await {
            assert_eq!(result.text, "ab");
        }
        assert!(server.ended().await.success());
        assert_eq!(
            thread.run("x").await.unwrap_err().to_string(),
            "the connection to the app-server is over: the server closed the connection"
        );
        codex.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_turn_over_tls_that_ends_before_the_server() {
    within(async {
        let stage = Stage::set().await;
        let server = ListeningServer::tcp(&stage, &[]).await;
        let (url, certificate) = secure(&server.url).await;
        let refused = Codex::connect(&*url).await.unwrap_err().to_string();
        let start = format!("could not connect to {url}: TLS failed: ");
        assert!(refused.starts_with(&start), "{refused}");

        stage.model.reply(Reply::text("safe"));
        let socket = WebSocket::builder(url).root_certificate(certificate);
        let codex = Codex::connect(socket).await.unwrap();
        let thread = codex.thread_start().await.unwrap();
        assert_eq!(thread.run("hi").await.unwrap().text, "safe");
        codex.close().await.unwrap();
    })
    .await;
}

/// Another address of the server, behind TLS with a certificate made for it.
async fn secure(url: &str) -> (String, CertificateDer<'static>) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let certificate = made.cert.der().clone();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let server = url.strip_prefix("ws://").unwrap().to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let Ok(mut near) = acceptor.accept(stream).await else { continue };
            let mut far = TcpStream::connect(&server).await.unwrap();
            let _ = copy_bidirectional(&mut near, &mut far).await;
        }
    });
    (format!("wss://localhost:{port}"), certificate)
}

/// What the pings of a connection that is idle rely on.
#[tokio::test]
async fn the_server_answers_pings() {
    within(async {
        let stage = Stage::set().await;
        let server = ListeningServer::tcp(&stage, &[]).await;
        let mut stream = TcpStream::connect(server.url.strip_prefix("ws://").unwrap()).await.unwrap();
        let request = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
            Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n";
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            assert_ne!(stream.read_buf(&mut answer).await.unwrap(), 0, "{}", answer.escape_ascii());
        }
        assert!(answer.starts_with(b"HTTP/1.1 101 "), "{}", answer.escape_ascii());
        // A ping with a mask of zeros.
        stream.write_all(b"\x89\x84\0\0\0\0ping").await.unwrap();
        let mut pong = [0; 6];
        stream.read_exact(&mut pong).await.unwrap();
        assert_eq!(&pong, b"\x8a\x04ping");
    })
    .await;
}
