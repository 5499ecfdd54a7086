//! Silence, overtime, and being told to stop.

use std::time::{Duration, Instant};

use serde_json::json;
use tidings_protocol::code;
use tokio_util::sync::CancellationToken;

use super::bench::{Bench, Record, Web, job, response};

/// A bench that waits 400 ms for a plugin whose turn it is.
fn quick_to_stall() -> Bench {
    let mut bench = Bench::new();
    bench.config.stall = Duration::from_millis(400);
    bench
}

#[tokio::test]
async fn silence_is_a_stall() {
    let (code, message) = quick_to_stall().failure(json!({"fault": "hang"})).await;
    assert_eq!(code, code::TIMEOUT_STALL);
    assert!(message.contains("400ms"), "{message}");
}

#[tokio::test]
async fn one_that_talks_for_ever_runs_into_the_wall() {
    let mut bench = Bench::new();
    bench.config.max_runtime = Duration::from_millis(300);
    let (end, record) = bench.run(json!({"fault": "chatter"})).await;
    assert_eq!(end.result.unwrap_err().code, code::TIMEOUT_WALL);
    assert!(2 < record.log.len());
}

#[tokio::test]
async fn a_job_may_shorten_the_run() {
    let mut job = job(json!({"fault": "chatter"}));
    job.deadline = Some(Duration::from_millis(200));
    let (end, _) = Bench::new().run_job(job).await;
    assert_eq!(end.result.unwrap_err().code, code::TIMEOUT_WALL);
}

#[tokio::test]
async fn a_wait_for_the_daemon_is_no_stall() {
    let web = Web::new(|_| {
        std::thread::sleep(Duration::from_millis(900));
        response("200 OK", "", "slow")
    });
    let summary = quick_to_stall().summary(job(json!({"fault": "fetch", "urls": [web.base]}))).await;
    assert_eq!(summary, "200");
}

#[tokio::test]
async fn a_run_that_waits_for_the_web_holds_no_slot() {
    let web = Web::new(|head| {
        let page = head.split(' ').nth(1).unwrap_or_default().to_owned();
        std::thread::sleep(Duration::from_millis(if page == "/slow" { 1500 } else { 0 }));
        response("200 OK", "", "")
    });
    let mut bench = Bench::new();
    bench.config.max_active = 1;
    let (plugin, supervisor) = (bench.fault().await, bench.supervisor());
    let start = Instant::now();
    let (mut one, mut other) = (Record::default(), Record::default());
    let run = |url: String, record| {
        let job = job(json!({"fault": "fetch", "urls": [url]}));
        let (supervisor, plugin) = (&supervisor, &plugin);
        async move {
            let end = supervisor.run(plugin, job, record, CancellationToken::new()).await;
            (end.result.unwrap().summary.unwrap(), start.elapsed())
        }
    };
    let slow = run(format!("{}/slow", web.base), &mut one);
    // The other's own server, since one host is asked one thing at a time.
    let quick_web = Web::at("127.0.0.2", |_| response("200 OK", "", ""));
    let quick = run(quick_web.base.clone(), &mut other);
    let (slow, quick) = tokio::join!(slow, quick);
    assert_eq!((slow.0.as_str(), quick.0.as_str()), ("200", "200"));
    assert!(quick.1 < Duration::from_millis(1400) && Duration::from_millis(1500) <= slow.1, "{quick:?} {slow:?}");
}

#[tokio::test]
async fn one_that_is_told_to_stop_may_stop_by_itself() {
    let (end, took) = cancelled_after(json!({"fault": "polite"}), Duration::from_secs(10)).await;
    assert_eq!(end.result.unwrap_err().code, code::CANCELLED);
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[tokio::test]
async fn one_that_does_not_stop_is_killed_after_its_grace() {
    let (end, took) = cancelled_after(json!({"fault": "chatter"}), Duration::from_millis(300)).await;
    assert_eq!(end.result.unwrap_err().code, code::CANCELLED);
    assert!(Duration::from_millis(300) < took, "{took:?}");
}

async fn cancelled_after(params: serde_json::Value, grace: Duration) -> (tidings_plugins::RunEnd, Duration) {
    let mut bench = Bench::new();
    bench.config.grace = grace;
    let (plugin, supervisor) = (bench.fault().await, bench.supervisor());
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    let mut record = Record::default();
    let run = supervisor.run(&plugin, job(params), &mut record, cancel);
    let stopping = async {
        while !bench.is_at_work() {
            tokio::task::yield_now().await;
        }
        stop.cancel();
        Instant::now()
    };
    let (end, stopped) = tokio::join!(run, stopping);
    let took = stopped.elapsed();
    assert!(bench.processes().is_empty());
    (end, took)
}

#[tokio::test]
async fn a_run_that_waits_for_its_slot_can_be_cancelled() {
    let mut bench = Bench::new();
    bench.config.max_open = 1;
    let (plugin, supervisor) = (bench.fault().await, bench.supervisor());
    let (mut one, mut other) = (Record::default(), Record::default());
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    let first = supervisor.run(&plugin, job(json!({"fault": "polite"})), &mut one, cancel.clone());
    let second = supervisor.run(&plugin, job(json!({"fault": "polite"})), &mut other, cancel);
    let stopping = async {
        while bench.processes().is_empty() {
            tokio::task::yield_now().await;
        }
        stop.cancel();
    };
    let (first, second, ()) = tokio::join!(first, second, stopping);
    assert_eq!(first.result.unwrap_err().code, code::CANCELLED);
    assert_eq!(second.result.unwrap_err().code, code::CANCELLED);
    assert_eq!(second.max_rss, 0);
}

#[tokio::test]
async fn a_run_that_is_dropped_takes_its_process_with_it() {
    let bench = Bench::new();
    let (plugin, supervisor) = (bench.fault().await, bench.supervisor());
    let mut record = Record::default();
    {
        let mut run = std::pin::pin!(supervisor.run(
            &plugin,
            job(json!({"fault": "chatter"})),
            &mut record,
            CancellationToken::new()
        ));
        while bench.processes().is_empty() {
            tokio::select! {
                _ = &mut run => panic!("it never ends by itself"),
                () = tokio::time::sleep(Duration::from_millis(5)) => {}
            }
        }
    }
    // It was killed at the drop; the kernel takes a moment to have it gone.
    let deadline = Instant::now() + Duration::from_secs(5);
    while !bench.processes().is_empty() {
        assert!(Instant::now() < deadline, "{:?}", bench.processes());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
