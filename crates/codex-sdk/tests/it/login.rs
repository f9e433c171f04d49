//! Logins that need an account, on a server played by the test: its messages are those of the schema.

use crate::fake_server::FakeServer;
use crate::guard::within;
use codex_sdk::protocol::{Account, ServerNotification};
use codex_sdk::{Codex, Error};
use serde_json::{Value, json};

fn completed(server: &FakeServer, login: &str, success: bool, error: Value) {
    let params = json!({ "loginId": login, "success": success, "error": error });
    server.send(json!({ "method": "account/login/completed", "params": params }));
}

#[tokio::test]
async fn a_login_in_the_browser_is_waited_for() {
    within(async {
        let (codex, mut server) = FakeServer::connect(Codex::builder()).await;
        let starting = tokio::spawn(codex.login_chatgpt().codex_streamlined_login(true).send());
        let (id, params) = server.expect("account/login/start").await;
        assert_eq!(params, json!({ "type": "chatgpt", "codexStreamlinedLogin": true }));
        // It may be over before anybody hears that it has begun, and another may end meanwhile.
        completed(&server, "other", false, json!("no"));
        completed(&server, "login-1", true, Value::Null);
        let url = "https://auth.example/secret-state";
        let answer = json!({ "type": "chatgpt", "loginId": "login-1", "authUrl": url });
        server.respond(&id, answer);
        let mut login = starting.await.unwrap().unwrap();
        assert_eq!((login.auth_url(), login.id()), (url, "login-1"));
        let shown = format!("{login:?}");
        assert!(shown.contains("login-1") && !shown.contains("secret"), "{shown}");
        login.wait().await.unwrap();
        login.wait().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_login_by_code_can_be_cancelled_and_says_why_it_failed() {
    within(async {
        let (codex, mut server) = FakeServer::connect(Codex::builder()).await;
        let starting = tokio::spawn(codex.login_device_code());
        let (id, params) = server.expect("account/login/start").await;
        assert_eq!(params, json!({ "type": "chatgptDeviceCode" }));
        server.respond(
            &id,
            json!({
                "type": "chatgptDeviceCode",
                "loginId": "login-2",
                "verificationUrl": "https://auth.example/device",
                "userCode": "ABCD-1234",
            }),
        );
        let mut login = starting.await.unwrap().unwrap();
        assert_eq!(login.verification_url(), "https://auth.example/device");
        assert_eq!(login.user_code(), "ABCD-1234");
        assert!(!format!("{login:?}").contains("ABCD"));

        for (status, expected) in [("canceled", true), ("notFound", false)] {
            let cancelling = tokio::spawn(login.cancel());
            let (id, params) = server.expect("account/login/cancel").await;
            assert_eq!(params, json!({ "loginId": "login-2" }));
            server.respond(&id, json!({ "status": status }));
            assert_eq!(cancelling.await.unwrap().unwrap(), expected);
        }
        completed(&server, "login-2", false, json!("cancelled by the user"));
        for _ in 0..2 {
            let error = login.wait().await.unwrap_err();
            assert_eq!(error.to_string(), "the login failed: cancelled by the user");
        }
    })
    .await;
}

#[tokio::test]
async fn a_login_ends_with_the_connection_and_with_an_answer_of_another_kind() {
    within(async {
        let (codex, mut server) = FakeServer::connect(Codex::builder()).await;
        let starting = tokio::spawn(codex.login_device_code());
        let (id, _) = server.expect("account/login/start").await;
        server.respond(&id, json!({ "type": "apiKey" }));
        let error = starting.await.unwrap().unwrap_err();
        assert!(matches!(error, Error::Login { .. }), "{error:?}");

        let starting = tokio::spawn(codex.login_chatgpt().send());
        let (id, _) = server.expect("account/login/start").await;
        let answer = json!({ "type": "chatgpt", "loginId": "l", "authUrl": "https://a.example" });
        server.respond(&id, answer);
        let mut login = starting.await.unwrap().unwrap();
        drop(server);
        assert!(login.wait().await.unwrap_err().is_disconnected());
        assert!(login.wait().await.unwrap_err().is_disconnected(), "whoever asks again");
    })
    .await;
}

#[tokio::test]
async fn an_account_with_chatgpt_and_its_limits_are_read() {
    within(async {
        let (codex, mut server) = FakeServer::connect(Codex::builder()).await;
        let mut events = codex.events();
        let reading = tokio::spawn(codex.account().refresh_token(true).send());
        let (id, params) = server.expect("account/read").await;
        assert_eq!(params, json!({ "refreshToken": true }));
        server.respond(
            &id,
            json!({
                "account": { "type": "chatgpt", "email": "a@b.example", "planType": "plus" },
                "requiresOpenaiAuth": true,
            }),
        );
        let read = reading.await.unwrap().unwrap();
        assert!(read.requires_openai_auth);
        let Some(Account::Chatgpt(account)) = read.account else { panic!("{read:?}") };
        assert_eq!(account.email.as_deref(), Some("a@b.example"));

        let primary = json!({ "usedPercent": 12, "windowDurationMins": 300, "resetsAt": 1 });
        server.send(json!({
            "method": "account/rateLimits/updated",
            "params": { "rateLimits": { "limitId": "codex", "primary": primary } },
        }));
        let event = events.next().await.unwrap().unwrap();
        let Some(ServerNotification::AccountRateLimitsUpdated(updated)) = event.notification()
        else {
            panic!("{event:?}")
        };
        assert_eq!(updated.rate_limits.primary.as_ref().unwrap().used_percent, 12);
    })
    .await;
}
