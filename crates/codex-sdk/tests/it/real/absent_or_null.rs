//! Fields whose null means something else than their absence, each as the real server takes it.
//!
//! `double` in `schema/overrides.toml` lists them. Two of that list are not seen here:
//! `ThreadRealtimeStartParams.prompt`, for which the server needs a realtime service, and
//! `CollaborationModeMask.reasoning_effort`, which only the server sends (the last test reads it).

use super::Stage;
use crate::guard::within;
use codex_sdk::protocol::*;
use codex_sdk::{Codex, CodexConfig, Id, Thread};
use codex_testkit::{CodexHome, Gate, Reply, ScriptedModel};
use serde_json::{Value, json};

/// A thread that the server has kept, which takes a turn.
async fn kept_thread(stage: &Stage, codex: &Codex) -> Thread {
    stage.model.reply(Reply::text("Kept."));
    let thread = codex.thread_start().await.unwrap();
    thread.run("Keep this.").await.unwrap();
    thread
}

#[tokio::test]
async fn the_token_budget_of_a_goal() {
    within(async {
        let stage = Stage::set().await;
        let codex = stage.codex().await;
        let thread = kept_thread(&stage, &codex).await;
        // Blocked, so that the server does not go after it by itself.
        let set = || {
            ThreadGoalSetParams::new(thread.id().clone())
                .objective("Rest.")
                .status(ThreadGoalStatus::Blocked)
        };
        let mut budgets = Vec::new();
        for params in [set().token_budget(1000), set(), set().token_budget(None), set()] {
            budgets.push(codex.request(params).await.unwrap().goal.token_budget);
        }
        assert_eq!(budgets, [Some(1000), Some(1000), None, None]);
        codex.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn what_is_known_of_the_repository_of_a_thread() {
    within(async {
        let stage = Stage::set().await;
        let codex = stage.codex().await;
        let thread = kept_thread(&stage, &codex).await;
        let update = async |git: ThreadMetadataGitInfoUpdateParams| {
            let params = ThreadMetadataUpdateParams::new(thread.id().clone()).git_info(git);
            let info = codex.request(params).await.unwrap().thread.git_info.unwrap_or_default();
            (info.sha, info.branch, info.origin_url)
        };
        let git = ThreadMetadataGitInfoUpdateParams::new;
        let some = |text: &str| Some(text.to_owned());
        let text = |text: &str| text.to_owned();

        let all = git().sha(text("s")).branch(text("b")).origin_url(text("o"));
        assert_eq!(update(all).await, (some("s"), some("b"), some("o")));
        assert_eq!(update(git().sha(None)).await, (None, some("b"), some("o")));
        assert_eq!(update(git().branch(None)).await, (None, None, some("o")));
        assert_eq!(update(git().sha(text("t"))).await, (some("t"), None, some("o")));
        assert_eq!(update(git().origin_url(None)).await, (some("t"), None, None));
        codex.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn how_a_section_looks() {
    within(async {
        let stage = Stage::set().await;
        let codex = stage.codex().await;
        let red = ThreadSectionAppearance::new().color("red");
        let create = ThreadSectionCreateParams::new("A").appearance(red.clone());
        let id = codex.request(create).await.unwrap().section.id;
        let update = || ThreadSectionUpdateParams::new("B", id.clone());
        let mut looks = Vec::new();
        for params in
            [update(), update().appearance(None), update(), update().appearance(red.clone())]
        {
            looks.push(codex.request(params).await.unwrap().section.appearance);
        }
        assert_eq!(looks, [Some(red.clone()), None, None, Some(red)]);
        codex.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn threads_of_any_or_of_no_section_and_project() {
    within(async {
        let stage = Stage::set().await;
        let codex = stage.codex().await;
        let [loose, filed] = [kept_thread(&stage, &codex).await, kept_thread(&stage, &codex).await];
        let (loose, filed) = (loose.id().clone(), filed.id().clone());
        let section = codex.request(ThreadSectionCreateParams::new("S")).await.unwrap().section.id;
        let mut into = ThreadSectionMoveParams::new(filed.clone());
        into.section_id = Some(section.clone());
        codex.request(into).await.unwrap();
        let root = ProjectRoot::new(stage.home.work_dir().to_string_lossy());
        let project = ProjectCreateParams::new("once", "P", vec![root]);
        let project = codex.request(project).await.unwrap().project.id;
        let into = ThreadMetadataUpdateParams::new(filed.clone()).project_id(&*project);
        codex.request(into).await.unwrap();

        let list = async |params: ThreadListParams| {
            let listed = codex.request(params).await.unwrap().data.into_iter();
            let mut ids: Vec<Id> = listed.map(|thread| thread.id).collect();
            ids.sort_unstable_by(|a, b| a.as_str().cmp(b.as_str()));
            ids
        };
        let all = ThreadListParams::new;
        let mut both = vec![loose.clone(), filed.clone()];
        both.sort_unstable_by(|a, b| a.as_str().cmp(b.as_str()));
        assert_eq!(list(all()).await, both);
        assert_eq!(list(all().section_id(section)).await, std::slice::from_ref(&filed));
        assert_eq!(list(all().section_id(None)).await, std::slice::from_ref(&loose));
        assert_eq!(list(all().project_id(project)).await, [filed]);
        assert_eq!(list(all().project_id(None)).await, [loose]);
        codex.close().await.unwrap();
    })
    .await;
}

#[cfg(unix)]
#[tokio::test]
async fn the_limits_of_a_process() {
    within(async {
        let stage = Stage::set().await;
        let codex = stage.codex().await;
        let mut events = codex.events();
        let work = stage.home.work_dir().to_string_lossy().into_owned();
        let spawn = |handle: &str, script: &str| {
            let command = ["sh", "-c", script].map(str::to_owned).to_vec();
            ProcessSpawnParams::new(command, work.clone(), handle)
        };
        // Beyond the limits that the server has by itself: 1 MiB and 10 s.
        let much = "head -c 2097152 /dev/zero | tr '\\0' a";
        let long = "sleep 12";
        for params in [
            spawn("much", much),
            spawn("much, without limit", much).output_bytes_cap(None),
            spawn("long", long),
            spawn("long, without limit", long).timeout_ms(None),
        ] {
            codex.request(params).await.unwrap();
        }
        let mut ended = std::collections::BTreeMap::new();
        while ended.len() < 4 {
            let event = events.next().await.unwrap().unwrap();
            if let codex_sdk::Event::Notification(ServerNotification::ProcessExited(exited)) = event
            {
                let end = (exited.exit_code, exited.stdout.len(), exited.stdout_cap_reached);
                ended.insert(exited.process_handle.clone(), end);
            }
        }
        let expected = [
            ("long", (124, 0, false)),
            ("long, without limit", (0, 0, false)),
            ("much", (0, 1 << 20, true)),
            ("much, without limit", (0, 2 << 20, false)),
        ];
        assert_eq!(ended, expected.map(|(handle, end)| (handle.to_owned(), end)).into());
        codex.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn the_settings_of_providers() {
    within(async {
        let stage = Stage::set().await;
        let codex = stage.codex().await;
        let write = async |patch: ProviderSettingsPatch| {
            let written = codex.request(ModelProviderConfigWriteParams::new(patch)).await.unwrap();
            let provider = serde_json::to_value(written.provider).unwrap();
            let mut settings = provider["settings"].clone();
            settings["baseUrl"] = provider["baseUrl"].clone();
            settings
        };
        let text = |text: &str| text.to_owned();

        let gateway = CustomGatewayProviderSettingsPatch::new;
        let new = gateway().name("G").base_url(text("http://127.0.0.1:1/v1"));
        let with_key = json!({ "type": "customGateway", "baseUrl": "http://127.0.0.1:1/v1",
                               "auth": { "mode": "environmentVariable", "envKey": "K" } });
        assert_eq!(write(new.env_key(text("K")).into()).await, with_key);
        // The server makes the id of the name.
        let gateway = || gateway().provider_id("g");
        assert_eq!(write(gateway().name("H").into()).await, with_key);
        let mut expected = with_key;
        expected["auth"] = json!({ "mode": "none" });
        assert_eq!(write(gateway().env_key(None).into()).await, expected);
        expected["baseUrl"] = Value::Null;
        assert_eq!(write(gateway().base_url(None).into()).await, without_null(expected));

        let bedrock =
            || BedrockProviderSettingsPatch::new(BedrockProviderId::from("amazon-bedrock"));
        let shown = |profile: Option<&str>, region: Option<&str>| {
            without_null(json!({ "type": "bedrock", "profile": profile, "region": region }))
        };
        let both = bedrock().profile(text("p")).region(text("us-east-1"));
        assert_eq!(write(both.into()).await, shown(Some("p"), Some("us-east-1")));
        let other = bedrock().region(text("us-east-2"));
        assert_eq!(write(other.into()).await, shown(Some("p"), Some("us-east-2")));
        assert_eq!(write(bedrock().profile(None).into()).await, shown(None, Some("us-east-2")));
        assert_eq!(write(bedrock().region(None).into()).await, shown(None, None));

        let gcp = || GcpProviderSettingsPatch::new(GcpProviderId::from("gcp"));
        let shown = |[project, location, file]: [Option<&str>; 3]| {
            without_null(json!({ "type": "gcp", "projectId": project, "location": location,
                                 "credentialFile": file }))
        };
        let all = gcp().project_id(text("p")).location(text("l")).credential_file(text("/f"));
        for (patch, expected) in [
            (all, [Some("p"), Some("l"), Some("/f")]),
            (gcp().project_id(None), [None, Some("l"), Some("/f")]),
            (gcp().location(None), [None, None, Some("/f")]),
            (gcp().project_id(text("q")), [Some("q"), None, Some("/f")]),
            (gcp().credential_file(None), [Some("q"), None, None]),
        ] {
            assert_eq!(write(patch.into()).await, shown(expected));
        }
        codex.close().await.unwrap();
    })
    .await;
}

/// The members that are not null, and `baseUrl`.
fn without_null(mut value: Value) -> Value {
    let members = value.as_object_mut().unwrap();
    members.retain(|_, member| !member.is_null());
    members.entry("baseUrl").or_insert(Value::Null);
    value
}

/// The service tier that the model was asked for last.
fn asked_for(model: &ScriptedModel) -> Option<String> {
    let requests = model.requests();
    let tier = &requests.last().unwrap().body()["service_tier"];
    tier.as_str().map(str::to_owned)
}

/// Params that say nothing of the tier, and params that say that there is none.
fn both<P>(params: impl Fn() -> P, tier: impl Fn(P, Option<String>) -> P) -> [P; 2] {
    [params(), tier(params(), None)]
}

#[tokio::test]
async fn the_service_tier_of_a_thread() {
    within(async {
        let model = ScriptedModel::start().await.unwrap();
        let home = CodexHome::builder(&model).config("service_tier = \"flex\"").build().unwrap();
        let stage = Stage { model, home };
        let expected = [Some("flex"), Some("default")];
        let expected = expected.map(|tier| tier.map(str::to_owned));

        let codex = stage.codex().await;
        let mut tiers = Vec::new();
        for params in both(ThreadStartParams::new, ThreadStartParams::service_tier) {
            tiers.push(codex.request(params).await.unwrap().service_tier);
        }
        assert_eq!(tiers, expected, "thread/start");

        let id = kept_thread(&stage, &codex).await.id().clone();
        tiers.clear();
        for params in both(|| ThreadForkParams::new(id.clone()), ThreadForkParams::service_tier) {
            tiers.push(codex.request(params).await.unwrap().service_tier);
        }
        assert_eq!(tiers, expected, "thread/fork");
        codex.close().await.unwrap();

        tiers.clear();
        for params in both(|| ThreadResumeParams::new(id.clone()), ThreadResumeParams::service_tier)
        {
            // A thread that is loaded keeps its settings, whatever a resume says.
            let codex = stage.codex().await;
            tiers.push(codex.request(params).await.unwrap().service_tier);
            codex.close().await.unwrap();
        }
        assert_eq!(tiers, expected, "thread/resume");
    })
    .await;
}

#[tokio::test]
async fn the_service_tier_of_turns() {
    within(async {
        let model = ScriptedModel::start().await.unwrap();
        let home = CodexHome::builder(&model).feature("step_model_switching", true);
        let stage = Stage { model, home: home.build().unwrap() };
        let config: CodexConfig = stage.home.config();
        let codex = Codex::builder().config(config).start().await.unwrap();
        let flex = || Some("flex".to_owned());
        let start = ThreadStartParams::new().service_tier(flex());
        let thread = codex.thread_start().params(start).await.unwrap();

        let turn = async |tier: Option<Option<String>>| {
            stage.model.reply(Reply::text("ok"));
            let mut start = thread.turn("go");
            if let Some(tier) = tier {
                start = start.service_tier(tier);
            }
            start.await.unwrap().run().await.unwrap();
            asked_for(&stage.model)
        };
        let ways = [None, Some(None), None, Some(flex()), None];
        let mut asked = Vec::new();
        for way in ways.clone() {
            asked.push(turn(way).await);
        }
        assert_eq!(asked, [flex(), None, None, flex(), flex()], "turn/start");

        asked.clear();
        for way in ways {
            let mut update = ThreadSettingsUpdateParams::new(thread.id().clone());
            update.service_tier = way;
            codex.request(update).await.unwrap();
            asked.push(turn(None).await);
        }
        assert_eq!(asked, [flex(), None, None, flex(), flex()], "thread/settings/update");

        asked.clear();
        for way in [None, Some(None)] {
            // The second request of a turn follows the update.
            let gate = Gate::new();
            let asked_before = stage.model.requests().len();
            stage.model.reply(Reply::shell("true").hold(&gate));
            stage.model.reply(Reply::text("ok"));
            let turn = thread.turn("go").await.unwrap();
            stage.model.wait_for_requests(asked_before + 1).await.unwrap();
            let mut update = TurnSettingsUpdateParams::new(thread.id().clone(), turn.id().clone());
            update.service_tier = way;
            codex.request(update).await.unwrap();
            gate.open();
            turn.run().await.unwrap();
            asked.push(asked_for(&stage.model));
        }
        assert_eq!(asked, [flex(), None], "turn/settings/update");
        codex.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn the_effort_of_a_collaboration_mode() {
    within(async {
        let stage = Stage::set().await;
        let codex = stage.codex().await;
        let modes = codex.request(CollaborationModeListParams::default()).await.unwrap().data;
        let efforts = modes.into_iter().map(|mode| (mode.name, mode.reasoning_effort));
        let expected = [
            ("Plan".to_owned(), Some(Some(ReasoningEffort::from("medium")))),
            ("Default".to_owned(), Some(None)),
        ];
        assert_eq!(efforts.collect::<Vec<_>>(), expected);
        codex.close().await.unwrap();
    })
    .await;
}
