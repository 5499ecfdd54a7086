use proptest::prelude::*;

use super::*;

#[track_caller]
fn check(text: &str, expected: &str) {
    check_in(text, DayOrder::Unknown, expected);
}

#[track_caller]
fn check_in(text: &str, order: DayOrder, expected: &str) {
    let actual = parse(text, order).map_or_else(|| "none".to_owned(), |timestamp| timestamp.to_string());
    assert_eq!(actual, expected, "{text}");
}

#[test]
fn rfc_822_is_read_in_all_its_spellings() {
    check("Sun, 22 Nov 2026 08:30:15 GMT", "2026-11-22T08:30:15Z");
    check("Sun, 22 Nov 2026 08:30:15 +0700", "2026-11-22T01:30:15Z");
    check("22 Nov 2026 08:30 -0500", "2026-11-22T13:30:00Z");
    check("Sun,22 Nov 26 08:30:15 EST", "2026-11-22T13:30:15Z");
    check("Sunday, 22-Nov-26 08:30:15 UTC", "2026-11-22T08:30:15Z");
    check("Sun, 22 November 2026 08:30:15 GMT+07:00", "2026-11-22T01:30:15Z");
    check("Sun, Nov 22 2026 8:30:15 PDT", "2026-11-22T15:30:15Z");
    check("Sun, 1 Nov 99 00:00:00 Z", "1999-11-01T00:00:00Z");
    check("Thu, 01 Jan 2004 19:48:21 -0000 (UTC)", "2004-01-01T19:48:21Z");
    check("Thu, 01 Jan 2004", "2004-01-01T00:00:00Z");
    check("Thursday, 1 Sept 2005 12:00:00 Nowhere", "2005-09-01T12:00:00Z");
    check("Wed, 19 Aug 2009 18:28:00\tGMT", "2009-08-19T18:28:00Z");
}

#[test]
fn iso_8601_is_read_in_all_its_spellings() {
    check("2026-11-22T08:30:15Z", "2026-11-22T08:30:15Z");
    check("2026-11-22T08:30:15.123456+07:00", "2026-11-22T01:30:15Z");
    check("2026-11-22T08:30+0700", "2026-11-22T01:30:00Z");
    check("2026-11-22T08:30:15-05", "2026-11-22T13:30:15Z");
    check("2026-11-22 08:30:15", "2026-11-22T08:30:15Z");
    check("2026-11-22 08:30:15 +0700", "2026-11-22T01:30:15Z");
    check("2026-11-22 08:30:15 EST", "2026-11-22T13:30:15Z");
    check("2026-11-22", "2026-11-22T00:00:00Z");
    check("2026-1-2", "2026-01-02T00:00:00Z");
    check("2026/11/22 08:30", "2026-11-22T08:30:00Z");
    check("2026-11", "2026-11-01T00:00:00Z");
    check("2026", "2026-01-01T00:00:00Z");
    check("20261122", "2026-11-22T00:00:00Z");
    check("20261122T083015Z", "2026-11-22T08:30:15Z");
    check("20261122083015", "2026-11-22T08:30:15Z");
    check("2026-326", "2026-11-22T00:00:00Z");
    check("2003-12-31T24:00:00Z", "2004-01-01T00:00:00Z");
    check("1795336215", "2026-11-22T08:30:15Z");
    check("1795336215000", "2026-11-22T08:30:15Z");
}

#[test]
fn other_programs_and_people_are_understood() {
    check("Sun Nov 22 08:30:15 2026", "2026-11-22T08:30:15Z");
    check("Sun Nov 22 08:30:15 +0700 2026", "2026-11-22T01:30:15Z");
    check("November 22nd, 2026 at 8:30 PM", "2026-11-22T20:30:00Z");
    check("22 November 2026, 12:05 a.m.", "2026-11-22T00:05:00Z");
    check("Nov 22, 2026", "2026-11-22T00:00:00Z");
    check("November 2026", "2026-11-01T00:00:00Z");
    check("dim. 22 nov. 2026 08:30", "2026-11-22T08:30:00Z");
    check("22. März 2026", "2026-03-22T00:00:00Z");
    check("22 ноября 2026 г., 08:30", "2026-11-22T08:30:00Z");
    check("2026年11月22日 08:30", "2026-11-22T08:30:00Z");
    check("2026년 11월 22일", "2026-11-22T00:00:00Z");
}

#[test]
fn vietnamese_dates_are_understood() {
    let check = |text, expected| check_in(text, DayOrder::DayFirst, expected);
    check("Chủ nhật, 22/11/2026, 08:30 (GMT+7)", "2026-11-22T01:30:00Z");
    check("Thứ tư, 4/3/2026 - 08:30", "2026-03-04T08:30:00Z");
    check("Thứ 4, 04/03/2026 08:30 GMT+7", "2026-03-04T01:30:00Z");
    check("T2, 02/03/2026", "2026-03-02T00:00:00Z");
    check("ngày 22 tháng 11 năm 2026", "2026-11-22T00:00:00Z");
    check("22 Tháng Mười Một, 2026", "2026-11-22T00:00:00Z");
    check("22 tháng mười hai 2026 lúc 8h30", "2026-12-22T08:30:00Z");
    check("5 Tháng Năm, 2026", "2026-05-05T00:00:00Z");
    check("22 thg 11, 2026 8:30 CH", "2026-11-22T20:30:00Z");
}

#[test]
fn an_order_of_numbers_is_never_guessed() {
    check_in("03/04/2026", DayOrder::DayFirst, "2026-04-03T00:00:00Z");
    check_in("03/04/2026", DayOrder::MonthFirst, "2026-03-04T00:00:00Z");
    check("03/04/2026", "none");
    check("22/11/2026 08:30", "2026-11-22T08:30:00Z");
    check("11/22/2026", "2026-11-22T00:00:00Z");
    check("03.04.2026", "2026-04-03T00:00:00Z");
    assert_eq!(DayOrder::of_lang("vi"), DayOrder::DayFirst);
    assert_eq!(DayOrder::of_lang("en-US"), DayOrder::MonthFirst);
    assert_eq!(DayOrder::of_lang("en_GB"), DayOrder::DayFirst);
    assert_eq!(DayOrder::of_lang("en"), DayOrder::Unknown);
}

#[test]
fn what_is_no_date_is_none() {
    for text in ["", "yesterday", "2026-13-01", "31 Feb 2026", "12:30", "Nov", "1.2.3", "99999999999"] {
        check(text, "none");
    }
}

proptest! {
    #[test]
    fn any_text_is_read_without_panic(text in "\\PC{0,60}", digits in "[0-9:/.+ -]{0,40}") {
        parse(&text, DayOrder::DayFirst);
        parse(&digits, DayOrder::Unknown);
    }

    #[test]
    fn what_jiff_writes_is_read_back(second in -2_000_000_000_i64..4_000_000_000) {
        let timestamp = Timestamp::from_second(second).unwrap();
        prop_assert_eq!(parse(&timestamp.to_string(), DayOrder::Unknown), Some(timestamp));
        let rfc = jiff::fmt::rfc2822::to_string(&timestamp.to_zoned(jiff::tz::TimeZone::UTC)).unwrap();
        prop_assert_eq!(parse(&rfc, DayOrder::Unknown), Some(timestamp));
    }
}

#[track_caller]
fn check_near(text: &str, expected: &str) {
    check_near_in("UTC", text, expected);
}

#[track_caller]
fn check_near_in(zone: &str, text: &str, expected: &str) {
    let now = "2026-11-21T12:00:00Z".parse::<super::Timestamp>().unwrap().in_tz(zone).unwrap();
    let read = super::parse_near(text, super::DayOrder::DayFirst, &now).map(|at| at.to_string());
    assert_eq!(read.as_deref().unwrap_or_default(), expected, "{text}");
}

#[test]
fn what_states_no_zone_is_in_the_readers() {
    let zone = "Asia/Ho_Chi_Minh";
    check_near_in(zone, "Hôm qua lúc 14:05", "2026-11-20T07:05:00Z");
    check_near_in(zone, "hôm nay", "2026-11-20T17:00:00Z");
    check_near_in(zone, "2 giờ trước", "2026-11-21T10:00:00Z");
    check_near_in(zone, "Thứ hai lúc 9:00", "2026-11-16T02:00:00Z");
    check_near_in(zone, "21/11/2026 06:30", "2026-11-20T23:30:00Z");
    check_near_in(zone, "2026-11-21T06:30:00", "2026-11-20T23:30:00Z");
    check_near_in(zone, "2026-11-21T06:30:00Z", "2026-11-21T06:30:00Z");
    check_near_in(zone, "21 Nov 2026 06:30 GMT", "2026-11-21T06:30:00Z");
    check_near_in("Europe/Berlin", "03.07.2026 12:00", "2026-07-03T10:00:00Z");
    check_near_in("America/Los_Angeles", "today at 3:00 AM", "2026-11-21T11:00:00Z");
}

#[test]
fn what_is_told_from_today_needs_today() {
    check_near("Hôm qua lúc 14:05", "2026-11-20T14:05:00Z");
    check_near("hôm nay", "2026-11-21T00:00:00Z");
    check_near("Hôm nay, 9:05 PM", "2026-11-21T21:05:00Z");
    check_near("2 giờ trước", "2026-11-21T10:00:00Z");
    check_near("vor einer Stunde", "2026-11-21T11:00:00Z");
    check_near("vor 3 Tagen", "2026-11-18T12:00:00Z");
    check_near("1 day, 2 hours ago", "2026-11-20T10:00:00Z");
    check_near("Gestern um 14:05 Uhr", "2026-11-20T14:05:00Z");
    check_near("Monday at 9:30 AM", "2026-11-16T09:30:00Z");
    check_near("Thứ bảy lúc 08:00", "2026-11-14T08:00:00Z");
    check_near("Thứ năm, 5 tháng 11, 2026 lúc 08:00", "2026-11-05T08:00:00Z");
    check_near("lúc 14:05, 3 tháng 2, 2024", "2024-02-03T14:05:00Z");
    check_near("3/2/24 lúc 14:05", "2024-02-03T14:05:00Z");
    check_near("today is a good day", "");
    check_near("9999999999 years ago", "");
}
