//! The inputs that people have.

use super::*;

const TAKEOUT: &str = r#"{
  "alerts": { "subscriptions": [
    { "query": "\"phần mềm quản lý\" giá", "language": "vi", "country": "VN",
      "apply_language_restrict": true, "apply_region_restrict": true, "source": ["NEWS"], "quality": ["HIGH"],
      "delivery_method": "EMAIL", "delivery_frequency": "WEEKLY", "email_address": "team@example.org",
      "delivery_time": { "time_of_day": { "hours": 7, "minutes": 5 }, "day_of_week": "TUESDAY", "time_zone": { "id": "Asia/Ho_Chi_Minh" } } },
    { "query": "acme crm", "language": "en-US", "country": "US",
      "apply_language_restrict": false, "apply_region_restrict": true, "source": ["NEWS", "WEB"], "quality": ["LOW", "HIGH"],
      "delivery_method": "RSS" },
    { "query": "beta", "deliveryFrequency": "DAILY", "deliveryTime": "09:30", "country": "GB", "emailAddress": "not an address" },
    { "query": 7 },
    { "query": "site:" },
    { "query": "acme crm" }
  ] }
}"#;

fn block(imported: &Imported) -> String {
    imported.source.to_string()
}

fn json(imported: &Imported) -> serde_json::Value {
    serde_json::to_value(&imported.alert).unwrap()
}

#[test]
fn takeout_keeps_every_option() {
    let import = read(TAKEOUT).unwrap();
    assert_eq!(import.items.len(), 3);
    assert_eq!(
        json(&import.items[0]),
        serde_json::json!({
            "id": "phan-mem-quan-ly-gia", "name": "\"phần mềm quản lý\" giá", "query": "(\"phần mềm quản lý\" giá) (site:vn OR source:news-phan-mem-quan-ly-gia)",
            "cadence": "weekly", "at": "07:05", "on": "Tue", "tz": "Asia/Ho_Chi_Minh", "volume": "best",
            "lang": ["vi"], "kinds": ["article"], "deliver": [{ "mail": "team@example.org" }],
        })
    );
    assert_eq!(
        block(&import.items[0]),
        "[[source]]\nid = \"news-phan-mem-quan-ly-gia\"\nplugin = \"news-search\"\n\
         params = { engine = \"google-news\", lang = \"vi\", query = \"\\\"phần mềm quản lý\\\" giá\", region = \"VN\" }\n"
    );
    assert_eq!(
        json(&import.items[1]),
        serde_json::json!({ "id": "acme-crm", "name": "acme crm", "query": "acme crm", "cadence": "as_it_happens", "volume": "all" })
    );
    assert!(import.items[1].notes[0].contains("United States"));
    let third = json(&import.items[2]);
    assert_eq!((&third["cadence"], &third["at"]), (&"daily".into(), &"09:30".into()));
    assert_eq!(third["query"], "(beta) (site:uk OR source:news-beta)");
    assert!(import.items[2].notes.iter().any(|note| note.contains("is no mail address")));
}

#[test]
fn what_takeout_holds_beside_is_listed() {
    let skipped: Vec<_> = read(TAKEOUT).unwrap().skipped.iter().map(ToString::to_string).collect();
    assert_eq!(skipped.len(), 3, "{skipped:?}");
    assert!(skipped[0].starts_with("4: `7`: its `query` is no text"), "{skipped:?}");
    assert!(skipped[1].starts_with("5: `site:`:"), "{skipped:?}");
    assert_eq!(skipped[2], "6: `acme crm`: the same stands at 2");
}

#[test]
fn queries_come_one_a_line() {
    let import = read("\u{feff}# mine\r\nacme OR \"beta corp\" -jobs\r\n\r\nđắt quá\r\nĐắt qua\r\n-nothing\r\nhttps://x.example/rss\r\n").unwrap();
    let ids: Vec<_> = import.items.iter().map(|item| (item.alert.id.as_str(), item.source.id.as_str())).collect();
    assert_eq!(
        ids,
        [
            ("acme-or-beta-corp-jobs", "news-acme-or-beta-corp-jobs"),
            ("dat-qua", "news-dat-qua"),
            ("dat-qua-2", "news-dat-qua-2")
        ]
    );
    assert_eq!(import.items[1].source.params["region"], "VN");
    assert!(!import.items[0].source.params.contains_key("lang"));
    let lines: Vec<_> = import.skipped.iter().map(|skipped| skipped.line).collect();
    assert_eq!(lines, [6, 7]);
    assert!(import.skipped[1].reason.contains("import opml"));
}

#[test]
fn feeds_come_one_a_line() {
    let import =
        read("https://www.google.com/alerts/feeds/0123/456\nhttps://www.google.com.vn/alerts/u/0/feeds/0123/789\n")
            .unwrap();
    let shown: Vec<_> = import.items.iter().map(|item| format!("{} {}", item.alert.id, item.alert.query)).collect();
    assert_eq!(shown, ["google-456 source:google-456", "google-789 source:google-789"]);
    assert_eq!(
        block(&import.items[0]),
        "[[source]]\nid = \"google-456\"\nplugin = \"google-alerts\"\nrobots = \"user_feed\"\n\
         params = { url = \"https://www.google.com/alerts/feeds/0123/456\" }\n"
    );
}

#[test]
fn feeds_come_as_opml_with_their_queries() {
    let import = read(
        r#"<opml version="1.0"><body>
        <outline title="Google Alert - acme &quot;too dear&quot;" xmlUrl="https://www.google.com/alerts/feeds/1/2"/>
        <outline title="Google Alert - broken (" xmlUrl="https://www.google.com/alerts/feeds/1/3"/>
        <outline title="A blog" xmlUrl="https://blog.example/rss"/>
        </body></opml>"#,
    )
    .unwrap();
    let shown: Vec<_> = import.items.iter().map(|item| format!("{} {}", item.alert.id, item.alert.query)).collect();
    assert_eq!(
        shown,
        ["acme-too-dear source:google-acme-too-dear OR (acme \"too dear\")", "broken source:google-broken"]
    );
    assert!(import.items[1].notes[0].starts_with("Only what its feed brings is matched"));
    assert_eq!(import.skipped[0].line, 4);
}

#[test]
fn feeds_come_out_of_a_page() {
    let page = "<!DOCTYPE html><p>x<br>\n<a href=/alerts/feeds/1/2><img></a>\n\
        <DT><A HREF=\"https://www.google.com/alerts/feeds/1/3\" ADD_DATE=\"1\">Google Alert - crm &amp; erp</A>\n\
        <script>if (a < b) { x(\"/alerts/feeds/1/2\") }</script>";
    let import = read(page).unwrap();
    let shown: Vec<_> =
        import.items.iter().map(|item| format!("{} {}", item.alert.id, item.source.params["url"])).collect();
    assert_eq!(
        shown,
        ["google-2 https://www.google.com/alerts/feeds/1/2", "crm-erp https://www.google.com/alerts/feeds/1/3"]
    );
}

#[test]
fn other_texts_are_refused() {
    assert!(matches!(read(" \n"), Err(ImportError::Empty)));
    assert!(matches!(read("# only a comment\n"), Err(ImportError::Empty)));
    assert!(matches!(read("{\"alerts\": [}"), Err(ImportError::Json(_))));
    assert!(matches!(read("{\"alerts\": []}"), Err(ImportError::Empty)));
    assert!(matches!(read("<html><p>nothing</p></html>"), Err(ImportError::Empty)));
    assert!(matches!(read(&"[".repeat(100_000)), Err(ImportError::Json(_))));
}

#[test]
fn a_feed_is_told_by_its_address() {
    for url in ["https://www.google.com/alerts/feeds/1/2", "https://google.de/alerts/feeds/1/2"] {
        assert!(feed_address(url).is_some(), "{url}");
    }
    for url in [
        "https://evil.example/alerts/feeds/1/2",
        "https://www.google.com/alerts",
        "ftp://google.com/alerts/feeds/1/2",
        "x",
    ] {
        assert!(feed_address(url).is_none(), "{url}");
    }
}
