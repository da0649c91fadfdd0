//! Where nothing is sent.

use super::receiver::Script;
use super::*;

async fn refused(url: impl Fn(&str) -> String, allowed: &str) -> Vec<(&'static str, Option<&'static str>)> {
    let mut bed = Bed::new().await;
    let person = bed.person("private@example.org").await;
    let target = url(&bed.receiver.url);
    let text = CATALOG.replace("@@url@@", &target).replace("127.0.0.0/8", allowed);
    apply_catalog(&bed.app, &Catalog::read(&text).unwrap(), None).await.unwrap();
    bed.moves(person, NoticeKind::Entered).await;
    let running = bed.start();
    bed.until(&running, |views| views.first().is_some_and(|view| view.attempts == 1 && view.state == "waiting")).await;
    let view = bed.views().await.remove(0);
    assert!(!view.disclosed && view.last_status.is_none());
    // Nothing has left, so there is nothing to take back.
    bed.moves(person, NoticeKind::Exited).await;
    bed.advance(&running, 1_000);
    bed.settled(&running, 2).await;
    assert_eq!(bed.states().await, [("withheld", Some("left_audience")), ("withheld", Some("never_disclosed"))]);
    running.shutdown().await;
    assert!(bed.receiver.received().is_empty());
    vec![(view.state, view.reason)]
}

const REFUSED: [(&str, Option<&str>); 1] = [("waiting", Some("address_refused"))];

#[tokio::test]
async fn an_address_inside_is_refused() {
    assert_eq!(refused(|url| url.replace("http:", "https:"), "10.0.0.0/8").await, REFUSED);
}

#[tokio::test]
async fn an_address_inside_is_refused_however_it_is_written() {
    assert_eq!(refused(|url| url.replace("http://127.0.0.1", "https://2130706433"), "10.0.0.0/8").await, REFUSED);
    assert_eq!(refused(|url| url.replace("http://127.0.0.1", "https://[::ffff:7f00:1]"), "10.0.0.0/8").await, REFUSED);
}

#[tokio::test]
async fn a_name_that_leads_inside_is_refused() {
    assert_eq!(refused(|url| url.replace("http://127.0.0.1", "https://localhost"), "10.0.0.0/8").await, REFUSED);
}

#[tokio::test]
async fn an_address_where_nobody_listens_is_unreachable() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = move |_: &str| format!("http://127.0.0.1:{port}/hook");
    assert_eq!(refused(url, "127.0.0.0/8").await, [("waiting", Some("unreachable"))]);
}

/// The system's certificate authorities are loaded, and a receiver that speaks no TLS is sent nothing.
#[tokio::test]
async fn without_a_secured_connection_nothing_is_sent() {
    assert_eq!(refused(|url| url.replace("http:", "https:"), "127.0.0.0/8").await, [("waiting", Some("unreachable"))]);
}

#[tokio::test]
async fn a_name_that_leads_to_a_named_network_is_reached() {
    let mut bed = Bed::new().await;
    let person = bed.person("named@example.org").await;
    let text = CATALOG.replace("@@url@@", &bed.receiver.url.replace("127.0.0.1", "localhost"));
    apply_catalog(&bed.app, &Catalog::read(&text).unwrap(), None).await.unwrap();
    bed.moves(person, NoticeKind::Entered).await;
    let running = bed.start();
    bed.settled(&running, 1).await;
    running.shutdown().await;
    assert_eq!(bed.states().await, [("delivered", None)]);
}

#[tokio::test]
async fn redirections_are_not_followed() {
    let mut bed = Bed::new().await;
    let elsewhere = Receiver::start().await;
    let person = bed.person("moved@example.org").await;
    bed.receiver.says([Script::Redirect(elsewhere.url.clone())]);
    bed.moves(person, NoticeKind::Entered).await;
    let running = bed.start();
    bed.until(&running, |views| views.first().is_some_and(|view| view.last_status == Some(307))).await;
    running.shutdown().await;
    assert_eq!(bed.states().await, [("waiting", Some("answered_with_error"))]);
    assert!(elsewhere.received().is_empty());
}
