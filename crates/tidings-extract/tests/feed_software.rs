//! The habits of software that writes feeds, each on a feed as that software documents it.

use tidings_extract::feed::{self, Feed, Software, Sort, Told};

fn read(source: &str) -> Feed {
    feed::parse(source, None).expect("the source is a feed")
}

fn rss(head: &str, items: &str) -> Feed {
    read(&format!(
        "<rss version='2.0' xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:content='http://purl.org/rss/1.0/modules/content/'
         xmlns:slash='http://purl.org/rss/1.0/modules/slash/' xmlns:discourse='http://www.discourse.org/'>
         <channel><title>T</title>{head}{items}</channel></rss>"
    ))
}

fn atom(head: &str, entries: &str) -> Feed {
    read(&format!(
        "<feed xmlns='http://www.w3.org/2005/Atom' xmlns:media='http://search.yahoo.com/mrss/' xmlns:thr='http://purl.org/syndication/thread/1.0'
         xmlns:yt='http://www.youtube.com/xml/schemas/2015'><title>T</title>{head}{entries}</feed>"
    ))
}

/// What each item tells, after it is known that `software` wrote the feed.
#[track_caller]
fn told(feed: &Feed, software: Software) -> Vec<Told> {
    assert_eq!(feed.software(), Some(software));
    feed.items.iter().map(|item| software.told(item)).collect()
}

#[track_caller]
fn check(told: &Told, sort: Sort, title: &str, text: &str, author: &str) {
    let is = (told.sort, told.title.as_str(), told.text.as_str(), told.author.as_str());
    assert_eq!(is, (sort, title, text, author));
}

#[test]
fn wordpress_signs_its_texts_and_heads_its_comments() {
    let feed = rss(
        "<generator>https://wordpress.org/?v=6.7</generator>",
        "<item><title>Prices</title><dc:creator><![CDATA[Lan]]></dc:creator><slash:comments>3</slash:comments>
         <description><![CDATA[<p>Up by a fifth.</p>\n<p>The post <a href='/p'>Prices</a> appeared first on <a href='/'>Acme</a>.</p>]]></description></item>
         <item><title>Comment on Prices by Kim</title><dc:creator>Kim</dc:creator><description>Too dear.</description></item>
         <item><title>By: Minh</title><dc:creator>Minh</dc:creator><description>Indeed.</description></item>",
    );
    let told = told(&feed, Software::WordPress);
    check(&told[0], Sort::Article, "Prices", "Up by a fifth.", "Lan");
    assert_eq!(told[0].replies, Some(3));
    check(&told[1], Sort::Comment, "", "Too dear.", "Kim");
    assert_eq!(told[1].thread_title.as_deref(), Some("Prices"));
    check(&told[2], Sort::Comment, "", "Indeed.", "Minh");
}

#[test]
fn ghost_names_its_author_and_gives_the_whole_text() {
    let feed = rss(
        "<generator>Ghost 5.87</generator>",
        "<item><title><![CDATA[A]]></title><description><![CDATA[Short]]></description><dc:creator><![CDATA[An Vo]]></dc:creator>
         <category><![CDATA[News]]></category><content:encoded><![CDATA[<p>The whole text.</p>]]></content:encoded></item>",
    );
    check(&told(&feed, Software::Ghost)[0], Sort::Article, "A", "The whole text.", "An Vo");
    assert_eq!(feed.items[0].categories, ["News"]);
}

#[test]
fn discourse_counts_posts_and_names_authors_by_at() {
    let feed = rss(
        "",
        "<item><title>Slow search</title><dc:creator><![CDATA[@kim Kim Vale]]></dc:creator><category>Support</category>
         <description><![CDATA[<p>It takes a minute.</p><p><small>4 posts - 2 participants</small></p>
         <p><a href='https://d.example/t/slow/7'>Read full topic</a></p>]]></description>
         <link>https://d.example/t/slow/7</link><guid isPermaLink='false'>d.example-topic-7</guid>
         <discourse:topicPinned>No</discourse:topicPinned></item>
         <item><title>Slow search</title><dc:creator>@lan</dc:creator><description>Here too, 2 posts say so.</description>
         <link>https://d.example/t/slow/7/2</link><guid isPermaLink='false'>d.example-post-7-2</guid></item>",
    );
    let told = told(&feed, Software::Discourse);
    check(&told[0], Sort::Post, "Slow search", "It takes a minute.", "Kim Vale");
    assert_eq!(told[0].replies, Some(3));
    check(&told[1], Sort::Comment, "", "Here too, 2 posts say so.", "lan");
    assert_eq!((told[1].replies, told[1].thread_title.as_deref()), (None, Some("Slow search")));
}

#[test]
fn xenforo_counts_replies_and_hides_addresses() {
    let feed = rss(
        "<generator>XenForo</generator>",
        "<item><title>Any cheaper desk?</title><link>https://x.example/threads/any.12/</link><guid isPermaLink='false'>12</guid>
         <author>invalid@example.com (Minh)</author><dc:creator>Minh</dc:creator><slash:comments>9</slash:comments>
         <content:encoded><![CDATA[<div>Ours doubled its price.<br /><a href='/threads/any.12/'>Read more</a></div>]]></content:encoded></item>",
    );
    let told = told(&feed, Software::XenForo);
    check(&told[0], Sort::Post, "Any cheaper desk?", "Ours doubled its price.", "Minh");
    assert_eq!(told[0].replies, Some(9));
}

#[test]
fn phpbb_puts_the_forum_into_the_title() {
    let entry = |id: u32, title: &str| {
        format!(
            "<entry><author><name><![CDATA[ann]]></name></author><id>https://p.example/viewtopic.php?p={id}#p{id}</id>
             <title type='html'><![CDATA[{title}]]></title><category term='Tools' label='Tools'/>
             <content type='html'><![CDATA[It broke.<p>Statistics: Posted by <a href='/u'>ann</a> — Mon Nov 02, 2026</p><hr />]]></content></entry>"
        )
    };
    let feed = atom(
        "",
        &(entry(1, "Tools • Export") + &entry(2, "Tools • Re: Export") + &entry(3, "Export • Import • Tools")),
    );
    let told = told(&feed, Software::PhpBb);
    check(&told[0], Sort::Post, "Export", "It broke.", "ann");
    check(&told[1], Sort::Comment, "", "It broke.", "ann");
    assert_eq!(told[1].thread_title.as_deref(), Some("Export"));
    check(&told[2], Sort::Post, "Export • Import", "It broke.", "ann");
}

#[test]
fn nodebb_heads_replies_by_their_topic() {
    let feed = rss(
        "<generator>NodeBB</generator>",
        "<item><title><![CDATA[Login fails]]></title><description><![CDATA[<p>Since Monday.</p>]]></description><dc:creator><![CDATA[bo]]></dc:creator></item>
         <item><title><![CDATA[Reply to Login fails on Mon, 02 Nov 2026 08:00:00 GMT]]></title><description><![CDATA[<p>Cleared cookies?</p>]]></description>
         <dc:creator><![CDATA[cy]]></dc:creator></item>",
    );
    let told = told(&feed, Software::NodeBb);
    check(&told[0], Sort::Post, "Login fails", "Since Monday.", "bo");
    check(&told[1], Sort::Comment, "", "Cleared cookies?", "cy");
    assert_eq!(told[1].thread_title.as_deref(), Some("Login fails"));
}

#[test]
fn youtube_tells_views_and_likes() {
    let feed = atom(
        "",
        "<entry><id>yt:video:x1</id><yt:videoId>x1</yt:videoId><title>Tour</title><author><name>Acme</name></author>
         <media:group><media:title>Tour</media:title><media:description>All of it.</media:description>
         <media:community><media:starRating count='12' average='5.00' min='1' max='5'/><media:statistics views='3400'/></media:community>
         </media:group></entry>",
    );
    check(&told(&feed, Software::YouTube)[0], Sort::Video, "Tour", "All of it.", "Acme");
    assert_eq!((feed.items[0].views, feed.items[0].ratings), (Some(3400), Some(12)));
}

#[test]
fn reddit_signs_each_text() {
    let signed = |body: &str| {
        format!(
            "{body} &amp;#32; submitted by &amp;#32; &lt;a href='/user/eve'&gt; /u/eve &lt;/a&gt; &lt;br/&gt; &lt;span&gt;&lt;a href='/l'&gt;[link]&lt;/a&gt;&lt;/span&gt; &lt;span&gt;&lt;a href='/c'&gt;[comments]&lt;/a&gt;&lt;/span&gt;"
        )
    };
    let entry = |id: &str, title: &str, content: &str| {
        format!(
            "<entry><author><name>/u/eve</name></author><category term='crm' label='r/crm'/><content type='html'>{content}</content><id>{id}</id><title>{title}</title></entry>"
        )
    };
    let feed = atom(
        "",
        &(entry("t3_a", "We left", &signed("&lt;p&gt;Too dear.&lt;/p&gt;"))
            + &entry("t3_b", "A link", &signed(""))
            + &entry("t1_c", "/u/eve on We left", "&lt;p&gt;Which one now?&lt;/p&gt;")),
    );
    let told = told(&feed, Software::Reddit);
    check(&told[0], Sort::Post, "We left", "Too dear.", "eve");
    check(&told[1], Sort::Post, "A link", "", "eve");
    check(&told[2], Sort::Comment, "", "Which one now?", "eve");
    assert_eq!(told[2].thread_title.as_deref(), Some("We left"));
}

#[test]
fn mastodon_has_no_titles() {
    let feed = rss(
        "<generator>Mastodon v4.3.0</generator>",
        "<item><guid isPermaLink='true'>https://m.example/@acme/1</guid><description>&lt;p&gt;New release&lt;/p&gt;</description><category>saas</category></item>",
    );
    check(&told(&feed, Software::Mastodon)[0], Sort::Post, "", "New release", "");
}

#[test]
fn threads_of_atom_count_their_replies() {
    let feed = atom("", "<entry><title>A</title><id>a</id><thr:total>5</thr:total></entry>");
    assert_eq!((feed.software(), feed.items[0].replies), (None, Some(5)));
}
