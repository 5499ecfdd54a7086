//! Numbers as people write them: `1.290.000`, `1,290,000.50`, `2,5`.

/// Takes the thousands separators out of a number and makes the mark of its decimals a
/// point. `1.290` is read as thousands; what is no number (`1.2.3`) is left as it is.
pub(crate) fn plain(number: &str, plain: &mut String) {
    plain.clear();
    let last = number.rfind(['.', ',']).map(|at| &number[at..]);
    let Some(last) = last else {
        plain.push_str(number);
        return;
    };
    let (whole, decimals) = number.split_at(number.len() - last.len());
    let mark = &last[..1];
    let is_thousands = is_group(&last[1..]) && is_first_group(whole);
    if !is_thousands && !whole.contains(['.', ',']) {
        // One separator: 2,5 and 3.14 have decimals.
        plain.extend([whole, ".", &decimals[1..]]);
    } else if is_grouped(number) {
        plain.extend(number.split(['.', ',']));
    } else if !whole.contains(mark) && is_grouped(whole) {
        plain.extend(whole.split(['.', ',']));
        plain.extend([".", &decimals[1..]]);
    } else {
        plain.push_str(number);
    }
}

/// `1.290.000`: one separator throughout, three digits behind each.
fn is_grouped(number: &str) -> bool {
    let Some(mark) = number.chars().find(|ch| matches!(ch, '.' | ',')) else {
        return false;
    };
    let mut groups = number.split(mark);
    groups.next().is_some_and(is_first_group) && groups.all(is_group)
}

fn is_first_group(group: &str) -> bool {
    (1..=3).contains(&group.len()) && group.bytes().all(|byte| byte.is_ascii_digit()) && !group.starts_with('0')
}

fn is_group(group: &str) -> bool {
    group.len() == 3 && group.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(number: &str, expected: &str) {
        let mut buffer = String::from("left over");
        plain(number, &mut buffer);
        assert_eq!(buffer, expected, "{number}");
    }

    #[test]
    fn thousands_lose_their_separators() {
        check("1.290.000", "1290000");
        check("1,290,000", "1290000");
        check("1.290", "1290");
        check("12", "12");
    }

    #[test]
    fn decimals_keep_a_point() {
        check("2,5", "2.5");
        check("3.14", "3.14");
        check("0.125", "0.125");
        check("1.290,50", "1290.50");
        check("1,290.5", "1290.5");
    }

    #[test]
    fn what_is_no_number_stays() {
        check("1.2.3", "1.2.3");
        check("22.11.2026", "22.11.2026");
        check("1,29,000", "1,29,000");
    }
}
