//! Made-up pages in the forms that forum software writes.

use super::*;

fn now() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

fn page(html: &str) -> ThreadPage {
    let url = Url::parse("https://board.example/x/").unwrap();
    read(html, Some(&url), Some(&now().to_zoned(jiff::tz::TimeZone::UTC))).unwrap()
}

/// Author, time and text of each post.
#[track_caller]
fn check(html: &str, read_by: &str, expected: &[(&str, &str, &str)]) {
    let page = page(html);
    let row = |post: &Post| {
        let published = post.published.map(|at| at.to_string()).unwrap_or_default();
        (post.author.clone().unwrap_or_default(), published, post.text.clone())
    };
    let rows: Vec<_> = page.posts.iter().map(row).collect();
    let expected: Vec<_> =
        expected.iter().map(|(a, b, c)| ((*a).to_owned(), (*b).to_owned(), (*c).to_owned())).collect();
    assert_eq!((page.read_by, rows), (read_by, expected));
}

#[test]
fn prosilver_keeps_quotes_and_drops_signatures() {
    let html = r##"<html lang="de"><body><h2 class="topic-title"><a href="t=1">Export</a></h2><div id="p7" class="post bg1">
      <div class="postbody"><p class="author">von <strong><a class="username" href="u=2">Mai 2020</a></strong> » Di 3. Feb 2026, 14:05</p>
      <div class="content"><blockquote><cite>lena hat geschrieben:</cite>Geht nicht.</blockquote>Doch!</div><div class="signature">Gruß</div></div></div>"##;
    check(html, "phpBB 3", &[("Mai 2020", "2026-02-03T14:05:00Z", "lena hat geschrieben:\nGeht nicht.\nDoch!")]);
    let page = page(html);
    assert_eq!((page.title.as_str(), page.posts[0].id.as_deref()), ("Export", Some("7")));
}

#[test]
fn subsilver_is_read_by_its_tables() {
    let html = r##"<html><table class="tablebg"><tr><td><b class="postauthor">oak</b></td><td class="gensmall"><div style="float:left"><b>Post subject:</b> Re: Export</div><div style="float:right"><b>Posted:</b> Tue Feb 03, 2026 2:05 pm</div></td></tr><tr><td><div class="postbody">No way back.</div></td></tr></table>"##;
    check(html, "phpBB subsilver", &[("oak", "2026-02-03T14:05:00Z", "No way back.")]);
}

#[test]
fn mybb_tells_the_day_in_one_place_and_the_time_in_another() {
    let html = r##"<html lang="en"><div class="post classic" id="post_31"><div class="author_information"><strong><span class="largetext"><a href="user-2.html">moss</a></span></strong></div>
      <div class="post_head"><span class="post_date"><span title="11-20-2026">Yesterday</span>, 02:05 PM <span class="post_edit">(This post was last modified: 11-21-2026, 03:00 PM by moss.)</span></span></div><div class="post_body scaleimages">Too dear.</div></div>"##;
    check(html, "MyBB", &[("moss", "2026-11-20T14:05:00Z", "Too dear.")]);
}

#[test]
fn smf_leads_to_its_dates() {
    let html = r##"<div class="post_wrapper"><div class="poster"><h4><a href="?action=profile;u=3">wren</a></h4></div><div class="keyinfo"><h5 id="subject_44"><a href="?topic=9.msg44#msg44">Re: X</a></h5>
      <div class="smalltext">« <strong>Reply #1 on:</strong> February 03, 2026, 02:05:10 PM »</div></div><div class="post"><div class="inner" id="msg_44">We left them.</div></div></div>"##;
    check(html, "SMF 2", &[("wren", "2026-02-03T14:05:10Z", "We left them.")]);
}

#[test]
fn vbulletin_dates_are_spread_over_elements() {
    let html = r##"<li class="postbitlegacy" id="post_5"><div class="posthead"><span class="postdate"><span class="date">20-11-2026,&nbsp;<span class="time">14:05</span></span></span><a class="postcounter" href="p5">#3</a></div>
      <div class="userinfo"><a class="username"><strong>pike</strong></a></div><blockquote class="postcontent">Slow support.</blockquote></li>"##;
    check(html, "vBulletin 4", &[("pike", "2026-11-20T14:05:00Z", "Slow support.")]);
    assert_eq!(page(html).posts[0].position, Some(3));
}

#[test]
fn json_ld_and_microdata_state_their_posts() {
    let json = r#"<script type="application/ld+json">{"@graph":[{"@type":"QAPage","mainEntity":{"@type":"Question","name":"Which desk?","text":"For <b>five</b>?","author":{"name":"wren"},"dateCreated":"2026-02-03T14:05:00Z",
      "suggestedAnswer":[{"@type":"Answer","text":"Hearth.","author":{"name":"pike"},"dateCreated":"2026-02-03T15:05:00+07:00"}]}}]}</script>"#;
    check(
        json,
        "schema.org JSON-LD",
        &[("wren", "2026-02-03T14:05:00Z", "For five?"), ("pike", "2026-02-03T08:05:00Z", "Hearth.")],
    );
    let micro = r#"<div itemscope itemtype="https://schema.org/DiscussionForumPosting"><h1 itemprop="headline">Which desk?</h1><span itemprop="author" itemscope itemtype="https://schema.org/Person"><b itemprop="name">wren</b></span>
      <time itemprop="datePublished" datetime="2026-02-03T14:05:00Z"></time><div itemprop="text">For five?</div><div itemprop="comment" itemscope itemtype="https://schema.org/Comment"><i itemprop="author">pike</i><meta itemprop="dateCreated" content="2026-02-03T15:05:00Z"><p itemprop="text">Hearth.</p></div></div>"#;
    check(
        micro,
        "schema.org microdata",
        &[("wren", "2026-02-03T14:05:00Z", "For five?"), ("pike", "2026-02-03T15:05:00Z", "Hearth.")],
    );
}

#[test]
fn answers_inside_answers_are_posts_of_their_own() {
    let html = r#"<div class="cmt"><a class="author" href="/user/wren">wren</a> <time datetime="2026-02-03T14:05:00Z">x</time><div class="body">Which help desk do you use?</div>
      <div class="cmt"><a class="author" href="/user/pike">pike</a> <time datetime="2026-02-03T15:05:00Z">x</time><div class="body">We use Hearth for now.</div></div></div>
      <div class="cmt"><a class="author" href="/user/moss">moss</a> <time datetime="2026-02-03T16:05:00Z">x</time><div class="body">None, just a mailbox.</div></div>"#;
    check(
        html,
        "repeated blocks",
        &[
            ("wren", "2026-02-03T14:05:00Z", "Which help desk do you use?"),
            ("pike", "2026-02-03T15:05:00Z", "We use Hearth for now."),
            ("moss", "2026-02-03T16:05:00Z", "None, just a mailbox."),
        ],
    );
}

#[test]
fn the_order_of_day_and_month_is_that_in_which_posts_follow_each_other() {
    let post = |id: u8, date: &str| {
        format!(
            r#"<div class="post" id="post_{id}"><div class="author_information"><strong><a>a</a></strong></div><span class="post_date">{date}, 10:00</span><div class="post_body">Text {id}</div></div>"#
        )
    };
    let day_first = page(&format!("{}{}", post(1, "11-02-2026"), post(2, "01-03-2026")));
    assert_eq!(day_first.posts[0].published.unwrap().to_string(), "2026-02-11T10:00:00Z");
    let unclear = page(&post(1, "11-02-2026"));
    assert_eq!(unclear.posts[0].published, None);
}

#[test]
fn topics_of_a_list_have_counts_and_dates() {
    let html = r#"<html id="XF" lang="vi"><div class="structItem structItem--thread"><i class="structItem-status--sticky"></i><div class="structItem-title"><a class="labelLink" href="/p">Hỏi</a><a href="/threads/gia.9/" data-tp-primary="on">Giá CRM</a></div>
      <div class="structItem-cell--meta"><dl><dt>Trả lời</dt><dd>1,2K</dd></dl><dl class="structItem-minor"><dt>Xem</dt><dd>15K</dd></dl></div><div class="structItem-cell--latest"><time class="structItem-latestDate" data-time="1795158300">Hôm qua</time></div></div>"#;
    let page = page(html);
    let expected = Topic {
        title: "Giá CRM".to_owned(),
        href: "https://board.example/threads/gia.9/".to_owned(),
        replies: Some(1_200),
        views: Some(15_000),
        last: Some(Timestamp::from_second(1_795_158_300).unwrap()),
        sticky: true,
    };
    assert_eq!(page.topics, [expected]);
}

#[test]
fn what_stands_for_readers_without_script_is_read() {
    let html = r#"<html><noscript><div id="post_1" class="topic-body crawler-post"><span class="creator"><span itemprop="name">mai</span></span><time class="post-time" datetime="2026-11-20T06:00:00Z"></time><div class="post" itemprop="text">Slow.</div></div></noscript>"#;
    check(html, "Discourse", &[("mai", "2026-11-20T06:00:00Z", "Slow.")]);
}

#[test]
fn a_login_form_in_the_middle_is_a_wall() {
    assert!(page("<h1>Log in</h1><form><input type=password></form>").wall);
    assert!(!page("<header><input type=password></header><p>About us").wall);
}

proptest::proptest! {
    #[test]
    fn any_page_is_read_without_a_fault(html in "(<(div|li|table|tr|td|time|a|article|span)( class=\"(post|message|author|date|structItem)\")?>|</(div|li|table)>|[a-zà-ỹ0-9:/. «»]{0,12}|<script type=\"application/ld\\+json\">|\\{\"@type\":\"Comment\"\\}){0,40}") {
        read(&html, None, Some(&now().to_zoned(jiff::tz::TimeZone::UTC))).unwrap();
    }
}

#[test]
fn ids_name_posts_of_the_whole_site_or_none() {
    let forumotion = r#"<div class="post row1 post--655"><p class="author"><strong>lupa</strong></p><div class="content"><div>Words</div></div></div>"#;
    assert_eq!(page(forumotion).posts[0].id.as_deref(), Some("655"));
    let reddit = r#"<div class="thing comment" data-fullname="t1_9ab" data-author="a"><div class="entry"><div class="usertext-body"><div class="md">Words</div></div></div></div>"#;
    assert_eq!(page(reddit).posts[0].id.as_deref(), Some("t1_9ab"));
    let unknown = r##"<div class="c" id="r1"><a class="author">a</a><time datetime="2026-02-03"></time><p class="body">Some words of a</p><a href="#top">up</a></div>
      <div class="c" id="r2"><a class="author">b</a><time datetime="2026-02-03"></time><p class="body">Some words of b</p><a href="#top">up</a></div>"##;
    let posts = page(unknown).posts;
    assert_eq!(posts.len(), 2);
    assert!(posts.iter().all(|post| post.id.is_none() && post.url.is_none()));
}

#[test]
fn comments_of_wordpress_are_posts() {
    let comment = |id: u8, name: &str, text: &str, answers: &str| {
        format!(
            r##"<li id="comment-{id}" class="comment"><article id="div-comment-{id}" class="comment-body"><footer class="comment-meta"><div class="comment-author vcard"><b class="fn"><a href="https://{name}.example" class="url">{name}</a></b> <span class="says">says:</span></div>
            <div class="comment-metadata"><a href="/post/#comment-{id}"><time datetime="2026-02-03T14:0{id}:00+00:00">shown</time></a></div></footer><div class="comment-content"><p>{text}</p></div><div class="reply"><a href="#respond">Reply</a></div></article>{answers}</li>"##
        )
    };
    let answer = comment(2, "pike", "They do.", "");
    let html = format!(
        r#"<article class="post hentry"><h1 class="entry-title">Seats</h1><div class="entry-content">Seats cost more.</div></article><ol class="comment-list">{}{}</ol>"#,
        comment(1, "wren", "For old customers, too?", &format!("<ol class=children>{answer}</ol>")),
        comment(3, "moss", "Not for us.", "")
    );
    let expected = [
        ("wren", "2026-02-03T14:01:00Z", "For old customers, too?"),
        ("pike", "2026-02-03T14:02:00Z", "They do."),
        ("moss", "2026-02-03T14:03:00Z", "Not for us."),
    ];
    check(&html, "WordPress comments", &expected);
    let page = page(&html);
    assert_eq!(page.posts[1].url.as_deref(), Some("https://board.example/post/#comment-2"));
    let older = r##"<ol class="commentlist"><li class="comment"><div id="div-comment-7" class="comment-body"><div class="comment-author vcard"><cite class="fn">oak</cite> <span class="says">says:</span></div>
      <div class="comment-meta commentmetadata"><a href="/post/#comment-7">February 3, 2026 at 2:05 pm</a></div><p>Too dear.</p><div class="reply"><a href="#respond">Reply</a></div></div></li></ol>"##;
    check(older, "WordPress comments", &[("oak", "2026-02-03T14:05:00Z", "Too dear.")]);
}

#[test]
fn fluxbb_keeps_its_dates_in_headings() {
    let html = r##"<div id="p3" class="blockpost rowodd"><h2><span><span class="conr">#2</span> <a href="viewtopic.php?pid=3#p3">2026-02-03 14:05:10</a></span></h2><div class="box"><div class="postleft"><dl><dt><strong><a href="profile.php?id=2">wren</a></strong></dt><dd>Registered: 2009-05-07</dd></dl></div>
      <div class="postright"><h3>Re: Export</h3><div class="postmsg"><p>No way back.</p></div><div class="postsignature postmsg"><p>Signed</p></div></div></div></div>"##;
    check(html, "FluxBB", &[("wren", "2026-02-03T14:05:10Z", "No way back.")]);
    assert_eq!(page(html).posts[0].position, Some(2));
}

#[test]
fn smf_wraps_a_post_twice_and_it_is_one() {
    let html = r##"<div class="windowbg" id="msg44"><div class="post_wrapper"><div class="poster"><h4><a href="?action=profile;u=3">wren</a></h4></div><div class="postarea"><div class="keyinfo"><div class="postinfo"><a href="?msg=44" class="smalltext">February 03, 2026, 02:05:10 PM</a></div></div>
      <div class="post"><div class="inner" data-msgid="44" id="msg_44">We left them.</div></div></div></div></div>"##;
    check(html, "SMF 2", &[("wren", "2026-02-03T14:05:10Z", "We left them.")]);
}

#[test]
fn hacker_news_states_the_second() {
    let html = r##"<table class="fatitem"><tr class="athing submission" id="100"><td><span class="titleline"><a href="https://desk.example">Show HN: Desk</a></span></td></tr><tr><td class="subtext">by <a class="hnuser">mai</a> <span class="age" title="2026-02-03T14:05:10 1770127510"><a href="item?id=100">3 hours ago</a></span></td></tr></table>
      <table><tr class="athing comtr" id="101"><td><a class="hnuser">oak</a> <span class="age" title="2026-02-03T15:05:10 1770131110"><a href="item?id=101">2 hours ago</a></span><div class="commtext c00">First.<p>Second.</div></td></tr></table>"##;
    let expected =
        [("mai", "2026-02-03T14:05:10Z", "Show HN: Desk"), ("oak", "2026-02-03T15:05:10Z", "First.\nSecond.")];
    check(html, "Hacker News", &expected);
}
