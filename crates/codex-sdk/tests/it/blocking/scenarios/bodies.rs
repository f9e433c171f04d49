// Compiled three times, by `mod.rs`: `wait!` awaits, or does nothing.

helper! {
    fn answer(thread: &Thread, question: &str) -> codex_sdk::Result<Value> {
        Ok(told(&wait!(thread.run(question).send())?))
    }
}

scenarios! {
    the_quickstart_works_line_by_line(stage, codex) {
        stage.model.reply(Reply::text("Hello!"));
        let start = codex.thread_start().model("gpt-5").config("model_reasoning_effort", "high");
        let thread = wait!(start.send())?;
        let turn = wait!(thread.turn(TextInput::new("Say hello in one sentence.")).send())?;
        let result = wait!(turn.run())?;
        let settings = thread.settings();
        let effort = settings.reasoning_effort.as_deref();
        Ok(json!([settings.model, effort, told(&result)]))
    }

    a_turn_is_run(stage, codex) {
        stage.model.reply(Reply::text("hello"));
        let thread = wait!(codex.thread_start().send())?;
        wait!(answer(&thread, "hi"))
    }

    a_turn_is_started_and_then_run(stage, codex) {
        stage.model.reply(Reply::deltas(["a", "b", "c"]));
        let thread = wait!(codex.thread_start().ephemeral(true).send())?;
        let turn = wait!(thread.turn("hi").send())?;
        Ok(told(&wait!(turn.run())?))
    }

    a_turn_is_streamed(stage, codex) {
        stage.model.reply(Reply::deltas((0..50).map(|n| format!("w{n} "))));
        let thread = wait!(codex.thread_start().send())?;
        let turn = wait!(thread.turn("count").send())?;
        let mut stream = turn.stream()?;
        let mut events = Vec::new();
        while let Some(event) = wait!(stream.next()) {
            events.extend(told_event(&event?));
        }
        let ended = wait!(stream.next()).is_none();
        let same = stream.turn().id() == turn.id() && turn.thread().id() == thread.id();
        Ok(json!([events, ended, same, told(&wait!(stream.result())?)]))
    }

    a_result_is_whole_after_a_dropped_stream(stage, codex) {
        let gate = Gate::new();
        stage.model.reply(Reply::deltas(["a", "b"]).hold(&gate).more(["c"]));
        let thread = wait!(codex.thread_start().send())?;
        let turn = wait!(thread.turn("hi").send())?;
        let mut stream = turn.stream()?;
        while let Some(event) = wait!(stream.next()) {
            if event?.text_delta() == Some("b") {
                break;
            }
        }
        drop(stream);
        let early = turn.snapshot().status.as_str().to_owned();
        gate.open();
        Ok(json!([early, told(&wait!(turn.run())?)]))
    }

    a_conversation_goes_on_when_it_is_resumed(stage, codex) {
        stage.model.reply(Reply::text("one"));
        stage.model.reply(Reply::text("two"));
        let thread = wait!(codex.thread_start().model("scripted").send())?;
        let first = wait!(thread.run("first").send())?;
        let again = wait!(codex.thread_resume(thread.id().clone()).send())?;
        let second = wait!(again.run("second").send())?;
        let heard = stage.model.requests().last().unwrap().user_texts().len();
        Ok(json!([told(&first), told(&second), heard, again.settings().model]))
    }

    a_refused_turn_is_data(stage, codex) {
        stage.model.reply(Reply::http_error(400, "the model says no"));
        let thread = wait!(codex.thread_start().send())?;
        let result = wait!(thread.run("hi").send())?;
        let error = result.clone().error_for_status().unwrap_err();
        Ok(json!([told(&result)["status"], told(&result)["text"], told_error(&error)["code"]]))
    }

    a_command_runs_where_that_is_allowed_and_is_declined_elsewhere(stage, codex) {
        let mut results = Vec::new();
        for approval in [AskForApproval::Never, AskForApproval::Untrusted] {
            stage.model.reply(Reply::shell("echo from-the-shell"));
            stage.model.reply(Reply::text("done"));
            let thread = wait!(codex.thread_start().approval_policy(approval).send())?;
            results.push(told(&wait!(thread.run("run it").send())?));
        }
        Ok(json!(results))
    }

    a_second_consumer_is_refused(stage, codex) {
        let gate = Gate::new();
        stage.model.reply(Reply::deltas(["a"]).hold(&gate));
        let thread = wait!(codex.thread_start().send())?;
        let turn = wait!(thread.turn("hi").send())?;
        let stream = turn.stream()?;
        let again = turn.stream().unwrap_err();
        let run = wait!(turn.run()).unwrap_err();
        let other = wait!(thread.run("hi").send()).unwrap_err();
        gate.open();
        let result = wait!(stream.result())?;
        Ok(json!([told_error(&again), told_error(&run), told_error(&other), told(&result)]))
    }

    a_busy_thread_is_refused(stage, codex) {
        let gate = Gate::new();
        stage.model.reply(Reply::deltas(["a"]).hold(&gate));
        let thread = wait!(codex.thread_start().send())?;
        let turn = wait!(thread.turn("hi").send())?;
        let refused = wait!(thread.turn("hi").send()).unwrap_err();
        gate.open();
        Ok(json!([told_error(&refused), told(&wait!(turn.run())?)]))
    }

    a_turn_is_interrupted(stage, codex) {
        let gate = Gate::new();
        stage.model.reply(Reply::deltas(["said "]).hold(&gate).more(["never"]));
        let thread = wait!(codex.thread_start().send())?;
        let turn = wait!(thread.turn("hi").send())?;
        let mut stream = turn.stream()?;
        while let Some(event) = wait!(stream.next()) {
            if event?.text_delta().is_some() {
                break;
            }
        }
        wait!(turn.interrupt())?;
        let result = wait!(stream.result())?;
        wait!(turn.interrupt())?;
        Ok(told(&result))
    }

    a_turn_is_steered(stage, codex) {
        // Never opened: the server breaks the answer off, and one that came to its end meanwhile might be whole or not.
        let gate = Gate::new();
        stage.model.reply(Reply::deltas(["first "]).hold(&gate).more(["half"]));
        stage.model.on("more").reply(Reply::text("second"));
        let thread = wait!(codex.thread_start().send())?;
        let turn = wait!(thread.turn("hi").send())?;
        let mut stream = turn.stream()?;
        while let Some(event) = wait!(stream.next()) {
            if event?.text_delta().is_some() {
                break;
            }
        }
        wait!(turn.steer("more").send())?;
        Ok(told(&wait!(stream.result())?))
    }

    a_request_comes_in_the_stream_of_its_turn(stage, codex) {
        stage.model.reply(Reply::shell("echo asked-for"));
        stage.model.reply(Reply::text("done"));
        let thread = wait!(codex.thread_start().approval_policy(AskForApproval::Untrusted).send())?;
        let turn = wait!(thread.turn("run it").send())?;
        let mut stream = turn.stream_with_requests()?;
        let mut asked = Vec::new();
        while let Some(event) = wait!(stream.next()) {
            if let Event::Request(PendingRequest::Command(command)) = event? {
                asked.push(command.command().map(str::to_owned));
                command.accept();
            }
        }
        Ok(json!([asked, told(&wait!(stream.result())?)]))
    }

    a_request_comes_in_the_stream_of_all(stage, codex) {
        stage.model.reply(Reply::shell("echo asked-for"));
        stage.model.reply(Reply::text("done"));
        let thread = wait!(codex.thread_start().approval_policy(AskForApproval::Untrusted).send())?;
        let mut requests = codex.requests();
        let turn = wait!(thread.turn("run it").send())?;
        let request = wait!(requests.next()).unwrap();
        let method = request.method().to_owned();
        request.decline();
        Ok(json!([method, told(&wait!(turn.run())?)]))
    }

    events_that_belong_to_no_turn_come_apart(stage, codex) {
        stage.model.reply(Reply::text("one"));
        let thread = wait!(codex.thread_start().send())?;
        wait!(thread.run("hi").send())?;
        let mut events = codex.events();
        wait!(thread.set_name("A name"))?;
        loop {
            let event = wait!(events.next()).unwrap()?;
            if event.method() == "thread/name/updated" {
                break Ok(json!(event.thread_id() == Some(&**thread.id())));
            }
        }
    }

    a_kept_thread_is_named_read_listed_and_put_away(stage, codex) {
        stage.model.reply(Reply::text("one"));
        let thread = wait!(codex.thread_start().send())?;
        wait!(thread.run("hi").send())?;
        wait!(thread.set_name("A name"))?;
        let read = wait!(thread.read().include_turns(true).send())?;
        let page = wait!(codex.thread_list().limit(5).send())?;
        let mut listing = codex.thread_list().stream();
        let first = wait!(listing.next()).unwrap()?;
        let rest = wait!(listing.all())?.len();
        wait!(thread.archive())?;
        let left = wait!(codex.thread_list().stream().all())?.len();
        wait!(codex.thread_unarchive(thread.id().clone()))?;
        let back = wait!(codex.thread_list().stream().all())?.len();
        Ok(json!([read.name, read.turns.len(), page.data.len(), first.preview, rest, left, back]))
    }

    a_thread_is_forked(stage, codex) {
        stage.model.reply(Reply::text("one"));
        stage.model.reply(Reply::text("two"));
        let thread = wait!(codex.thread_start().send())?;
        wait!(thread.run("first").send())?;
        let fork = wait!(thread.fork().send())?;
        let result = wait!(fork.run("second").send())?;
        let heard = json!(stage.model.requests().last().unwrap().user_texts());
        Ok(json!([fork.id() == thread.id(), told(&result), heard]))
    }

    any_request_can_be_made_and_refused(stage, codex) {
        let _ = stage;
        let models = wait!(codex.request(ModelListParams::default()).send())?.data.len();
        let listed = wait!(codex.models().stream().all())?.len();
        let unknown = ThreadReadParams::new("00000000-0000-7000-8000-000000000000");
        let refused: codex_sdk::Result<ThreadReadResponse> = wait!(codex.request(unknown).send());
        Ok(json!([models > 0, models == listed, told_error(&refused.unwrap_err())]))
    }

    a_closed_client_says_so_to_every_call(stage, codex) {
        stage.model.reply(Reply::text("one"));
        let thread = wait!(codex.thread_start().send())?;
        let turn = wait!(thread.turn("hi").send())?;
        let before = wait!(turn.run())?;
        let mut events = codex.events();
        let mut requests = codex.requests();
        wait!(codex.close())?;
        wait!(codex.close())?;
        let start = wait!(codex.thread_start().send()).unwrap_err();
        let run = wait!(thread.run("hi").send()).unwrap_err();
        let all = wait!(codex.models().stream().all()).unwrap_err();
        let after = wait!(turn.run())?;
        let event = loop {
            match wait!(events.next()) {
                Some(Ok(_)) => {}
                Some(Err(error)) => break told_error(&error),
                None => break Value::Null,
            }
        };
        let request = wait!(requests.next()).is_none();
        let errors = [told_error(&start), told_error(&run), told_error(&all), event];
        Ok(json!([errors, told(&before) == told(&after), request, told(&after)]))
    }
}
