//! Requests that the real server was not brought to make: those that need an account or an old server. They are made
//! here of samples of the schema. And what each decision is on the wire, for not all of them can be had for the real
//! server's questions.

use crate::fake_server::FakeServer;
use crate::guard::within;
use codex_sdk::Codex;
use codex_sdk::ask::{CommandDecision, PendingRequest};
use codex_sdk::protocol::{
    ChatgptAuthTokensRefreshResponse, NetworkPolicyAmendment, NetworkPolicyRuleAction, Sample,
    ServerRequest,
};
use serde_json::{Value, json};

/// What a test does with a request.
type Answer = fn(PendingRequest) -> bool;

#[tokio::test]
async fn requests_of_an_account_or_an_old_server_are_answered_in_their_own_shapes() {
    within(async {
        let (codex, mut server) = FakeServer::connect(Codex::builder()).await;
        let mut all = codex.requests();
        let result = |value: Value| json!({ "result": value });
        let refused = |method: &str| {
            let message = format!("this client does not answer {method}");
            json!({ "error": { "code": -32601, "message": message } })
        };
        let denied = json!({ "decision": { "denied": { "rejection": "declined by the client" } } });
        let table: [(&str, Answer, Value, Value); 5] = [
            (
                "account/chatgptAuthTokens/refresh",
                |request| match request {
                    PendingRequest::TokenRefresh(request) => {
                        request.respond(ChatgptAuthTokensRefreshResponse::new("token", "account"))
                    }
                    other => panic!("{other:?}"),
                },
                result(json!({ "accessToken": "token", "chatgptAccountId": "account" })),
                refused("account/chatgptAuthTokens/refresh"),
            ),
            (
                "attestation/generate",
                |request| match request {
                    PendingRequest::Attestation(request) => request.respond("token"),
                    other => panic!("{other:?}"),
                },
                result(json!({ "token": "token" })),
                refused("attestation/generate"),
            ),
            (
                "currentTime/read",
                |request| match request {
                    PendingRequest::CurrentTime(request) => request.respond(17),
                    other => panic!("{other:?}"),
                },
                result(json!({ "currentTimeAt": 17 })),
                refused("currentTime/read"),
            ),
            (
                "execCommandApproval",
                |request| match request {
                    PendingRequest::LegacyCommand(request) => request.accept(),
                    other => panic!("{other:?}"),
                },
                result(json!({ "decision": "approved" })),
                result(denied.clone()),
            ),
            (
                "applyPatchApproval",
                |request| match request {
                    PendingRequest::LegacyPatch(request) => request.accept_for_session(),
                    other => panic!("{other:?}"),
                },
                result(json!({ "decision": "approved_for_session" })),
                result(denied),
            ),
        ];
        for (method, answer, answered, declined) in table {
            for (sample, id) in samples(method).into_iter().zip(0..) {
                let mut request = sample;
                request["id"] = json!(id);
                server.send(request.clone());
                assert!(answer(all.next().await.unwrap()), "{request}");
                assert_eq!(server.recv().await, with_id(&answered, id), "{request}");
                server.send(json!({
                    "method": "serverRequest/resolved", "params": { "threadId": "t", "requestId": id },
                }));

                request["id"] = json!(id + 100);
                server.send(request.clone());
                drop(all.next().await.unwrap());
                assert_eq!(server.recv().await, with_id(&declined, id + 100), "{request}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn every_decision_about_a_command_has_its_word_on_the_wire() {
    within(async {
        let (codex, mut server) = FakeServer::connect(Codex::builder()).await;
        let mut all = codex.requests();
        let host = NetworkPolicyAmendment::new(NetworkPolicyRuleAction::Deny, "example.org");
        let amendment = json!({ "execpolicy_amendment": ["git", "status"] });
        let policy =
            json!({ "network_policy_amendment": { "action": "deny", "host": "example.org" } });
        let decisions = [
            (CommandDecision::Accept, json!("accept")),
            (CommandDecision::AcceptForSession, json!("acceptForSession")),
            (
                CommandDecision::AcceptWithAmendment(vec!["git".into(), "status".into()]),
                json!({ "acceptWithExecpolicyAmendment": amendment }),
            ),
            (
                CommandDecision::ApplyNetworkPolicy(host),
                json!({ "applyNetworkPolicyAmendment": policy }),
            ),
            (CommandDecision::Decline, json!("decline")),
            (CommandDecision::Cancel, json!("cancel")),
        ];
        for ((decision, word), id) in decisions.into_iter().zip(0..) {
            server.ask_command(id, "turn-1", "git status");
            let PendingRequest::Command(request) = all.next().await.unwrap() else { panic!() };
            assert!(request.decide(decision));
            assert_eq!(server.recv().await, json!({ "id": id, "result": { "decision": word } }));
        }
    })
    .await;
}

fn with_id(answer: &Value, id: u64) -> Value {
    let mut answer = answer.clone();
    answer["id"] = json!(id);
    answer
}

/// The requests of this method among the samples, as the server would write them.
fn samples(method: &str) -> Vec<Value> {
    let all = ServerRequest::json_samples().into_iter();
    let all = all.map(|sample| serde_json::from_str::<Value>(&sample).unwrap());
    let found: Vec<_> = all.filter(|sample| sample["method"] == method).collect();
    assert!(!found.is_empty(), "{method}");
    found
}
