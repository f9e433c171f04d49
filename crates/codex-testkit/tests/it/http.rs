//! The server itself, spoken to by hand.

use codex_testkit::{Reply, ScriptedModel};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

async fn connect(model: &ScriptedModel) -> TcpStream {
    let url = model.base_url();
    let address = url.strip_prefix("http://").unwrap().strip_suffix("/v1").unwrap();
    TcpStream::connect(address).await.unwrap()
}

/// The status line and the body of one exchange.
async fn exchange(model: &ScriptedModel, request: &str, body: &str) -> (String, String) {
    let (status, _, body) = exchange_whole(model, request, body).await;
    (status, body)
}

/// The same with the headers.
async fn exchange_whole(
    model: &ScriptedModel,
    request: &str,
    body: &str,
) -> (String, String, String) {
    let mut connection = connect(model).await;
    let length = body.len();
    let head = format!("{request} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n");
    let message = format!("{head}content-length: {length}\r\n\r\n{body}");
    connection.write_all(message.as_bytes()).await.unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let (status, headers) = head.split_once("\r\n").unwrap();
    (status.to_owned(), headers.to_owned(), body.to_owned())
}

#[tokio::test]
async fn only_the_two_endpoints_exist() {
    let model = ScriptedModel::start().await.unwrap();
    let answers = [
        exchange(&model, "GET /v1/models", "").await,
        exchange(&model, "POST /v1/responses/compact", "{}").await,
        exchange(&model, "POST /v1/responses", "not json").await,
    ];
    let expected = [
        ("HTTP/1.1 200 OK", r#"{"models":[]}"#),
        ("HTTP/1.1 404 Not Found", ""),
        (
            "HTTP/1.1 400 Bad Request",
            "a request to the model is not JSON: expected ident at line 1 column 2",
        ),
    ];
    assert_eq!(answers, expected.map(|(status, body)| (status.to_owned(), body.to_owned())));
    assert!(model.check().is_err());
    assert_eq!(model.requests().len(), 0);
}

#[tokio::test]
async fn an_http_error_says_when_to_come_back() {
    let model = ScriptedModel::start().await.unwrap();
    model.reply(Reply::http_error(429, "not so fast").retry_after(7));
    let (status, headers, _) = exchange_whole(&model, "POST /v1/responses", "{}").await;
    assert_eq!(status, "HTTP/1.1 429 Too Many Requests");
    assert!(headers.lines().any(|header| header == "retry-after: 7"), "{headers}");
}

#[tokio::test]
async fn a_cut_stream_has_no_end() {
    let model = ScriptedModel::start().await.unwrap();
    model.reply(Reply::cut_after(["half"])).reply(Reply::text("whole"));
    let (_, cut) = exchange(&model, "POST /v1/responses", "{}").await;
    let (_, whole) = exchange(&model, "POST /v1/responses", "{}").await;
    // The last chunk of a chunked body is the empty one.
    assert!(cut.contains("half") && !cut.ends_with("0\r\n\r\n"), "{cut}");
    assert!(whole.contains("whole") && whole.ends_with("0\r\n\r\n"), "{whole}");
}

#[tokio::test]
async fn a_dropped_model_cuts_its_connections_and_frees_its_port() {
    let model = ScriptedModel::start().await.unwrap();
    model.reply(Reply::silence());
    let mut connection = connect(&model).await;
    let request = "POST /v1/responses HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}";
    connection.write_all(request.as_bytes()).await.unwrap();
    model.wait_for_requests(1).await.unwrap();
    let address = connection.peer_addr().unwrap();
    drop(model);

    let mut rest = Vec::new();
    // It ends, whether by an end of stream or by a reset.
    let _ = connection.read_to_end(&mut rest).await;
    assert!(TcpStream::connect(address).await.is_err());
}

#[test]
fn a_model_needs_no_runtime_of_the_test() {
    let model = ScriptedModel::start_blocking().unwrap();
    assert!(model.base_url().starts_with("http://127.0.0.1:"));
    assert_eq!(model.requests().len(), 0);
}
