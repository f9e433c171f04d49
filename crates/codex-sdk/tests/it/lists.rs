//! Lists: one page, all pages, and pages that go wrong.

use crate::fake_server::{FakeServer, thread_started};
use crate::guard::within;
use codex_sdk::{Codex, Error, Listing};
use serde_json::{Value, json};

/// A page of threads with these ids.
fn page(ids: &[&str], next: Option<&str>) -> Value {
    let data: Vec<_> = ids.iter().map(|id| thread_started(id)["thread"].clone()).collect();
    json!({ "data": data, "nextCursor": next })
}

async fn ids(mut threads: Listing<codex_sdk::protocol::Thread>) -> (Vec<String>, Option<Error>) {
    let mut ids = Vec::new();
    while let Some(thread) = threads.next().await {
        match thread {
            Ok(thread) => ids.push(thread.id.to_string()),
            Err(error) => {
                assert!(threads.next().await.is_none(), "an error is the end");
                return (ids, Some(error));
            }
        }
    }
    assert!(threads.next().await.is_none(), "the end stays the end");
    (ids, None)
}

#[tokio::test]
async fn every_filter_goes_on_the_wire_and_one_page_is_one_request() {
    within(async {
        let (codex, mut server) = FakeServer::connect(Codex::builder()).await;
        let call = codex
            .thread_list()
            .archived(true)
            .cursor("c")
            .limit(2)
            .search_term("words")
            .section_id(None)
            .sort_direction(codex_sdk::protocol::SortDirection::Asc)
            .cwd(codex_sdk::protocol::ThreadListCwdFilter::One("/p".to_owned()))
            .send();
        let call = tokio::spawn(call);
        let (id, params) = server.expect("thread/list").await;
        assert_eq!(
            params,
            json!({
                "archived": true,
                "cursor": "c",
                "cwd": "/p",
                "limit": 2,
                "searchTerm": "words",
                "sectionId": null,
                "sortDirection": "asc",
            })
        );
        server.respond(&id, page(&["a"], Some("d")));
        let page = call.await.unwrap().unwrap();
        assert_eq!((page.data.len(), page.next_cursor.as_deref()), (1, Some("d")));
    })
    .await;
}

#[tokio::test]
async fn a_stream_turns_the_pages_when_they_are_read_and_gives_no_thread_twice() {
    within(async {
        let (codex, mut server) = FakeServer::connect(Codex::builder()).await;
        let threads = tokio::spawn(ids(codex.thread_list().limit(2).stream()));
        let (id, params) = server.expect("thread/list").await;
        assert_eq!(params, json!({ "limit": 2 }));
        server.respond(&id, page(&["a", "b"], Some("1")));
        let (id, params) = server.expect("thread/list").await;
        assert_eq!(params, json!({ "limit": 2, "cursor": "1" }));
        // An empty page is not the end, and a thread may come again.
        server.respond(&id, page(&[], Some("2")));
        let (id, params) = server.expect("thread/list").await;
        assert_eq!(params, json!({ "limit": 2, "cursor": "2" }));
        server.respond(&id, page(&["b", "c"], None));
        let (ids, error) = threads.await.unwrap();
        assert_eq!(ids, ["a", "b", "c"]);
        assert!(error.is_none(), "{error:?}");
    })
    .await;
}

#[tokio::test]
async fn what_goes_wrong_with_a_page_is_the_end_of_the_stream() {
    within(async {
        let (codex, mut server) = FakeServer::connect(Codex::builder()).await;
        let threads = tokio::spawn(ids(codex.thread_list().stream()));
        let (id, _) = server.expect("thread/list").await;
        server.respond(&id, page(&["a"], Some("1")));
        let (id, _) = server.expect("thread/list").await;
        server.refuse(&id, -32600, "no such page");
        let (ids_read, error) = threads.await.unwrap();
        assert_eq!(ids_read, ["a"]);
        assert_eq!(error.unwrap().rpc_code(), Some(-32600));

        // A server that never comes to an end: at one place, and in a circle.
        for cursors in [&["1", "1"] as &[_], &["1", "2", "1"]] {
            let threads = tokio::spawn(ids(codex.thread_list().stream()));
            let found = &["a", "b", "c"][..cursors.len()];
            for (thread, cursor) in found.iter().zip(cursors) {
                let (id, _) = server.expect("thread/list").await;
                server.respond(&id, page(&[thread], Some(cursor)));
            }
            let (ids_read, error) = threads.await.unwrap();
            // What came with the page that leads back is not lost.
            assert_eq!(ids_read, found);
            let error = error.unwrap();
            assert!(matches!(error, Error::Listing { method: "thread/list" }), "{error:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_page_that_was_waited_for_in_vain_is_not_lost() {
    within(async {
        let (codex, mut server) = FakeServer::connect(Codex::builder()).await;
        let mut threads = codex.thread_list().stream();
        tokio::select! {
            biased;
            thread = threads.next() => panic!("{thread:?}"),
            () = tokio::task::yield_now() => {}
        }
        let (id, _) = server.expect("thread/list").await;
        server.respond(&id, page(&["a"], None));
        assert_eq!(&*threads.next().await.unwrap().unwrap().id, "a");
        assert!(threads.next().await.is_none());
    })
    .await;
}
