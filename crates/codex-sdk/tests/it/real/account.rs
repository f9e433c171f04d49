//! Logins on the real server, as far as they can be made without an account.

use super::Stage;
use crate::guard::within;
use codex_sdk::Error;

#[tokio::test]
async fn an_api_key_logs_in_and_a_logout_forgets_it() {
    within(async {
        let stage = Stage::set().await;
        let codex = stage.codex().await;
        codex.logout().await.unwrap();
        assert_eq!(codex.account().await.unwrap().account, None);
        codex.login_api_key("sk-of-a-test").await.unwrap();
        let kept = std::fs::read_to_string(stage.home.path().join("auth.json")).unwrap();
        assert!(kept.contains("sk-of-a-test"), "{kept}");
        codex.logout().await.unwrap();
        assert!(!stage.home.path().join("auth.json").exists());
        codex.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_login_in_the_browser_is_begun_and_cancelled() {
    within(async {
        let stage = Stage::set().await;
        let codex = stage.codex().await;
        let mut login = codex.login_chatgpt().await.unwrap();
        assert!(login.auth_url().starts_with("https://"), "{}", login.auth_url());
        assert!(login.cancel().await.unwrap());
        assert!(matches!(login.wait().await, Err(Error::Login { .. })));
        assert!(!login.cancel().await.unwrap(), "it is over");
        codex.close().await.unwrap();
    })
    .await;
}
