//! The names of months and of what else stands in a written date.

/// The month of a name or of its abbreviation, lower case. Names that mean different months in two languages are left
/// out.
pub(super) fn month(word: &str) -> Option<i8> {
    Some(match word {
        "jan"
        | "january"
        | "januar"
        | "jänner"
        | "janvier"
        | "janv"
        | "enero"
        | "ene"
        | "gennaio"
        | "gen"
        | "janeiro"
        | "januari"
        | "stycznia"
        | "styczeń"
        | "января"
        | "январь"
        | "янв"
        | "січня"
        | "ocak"
        | "ιαν"
        | "ιανουαρίου"
        | "január"
        | "ledna" => 1,
        "feb"
        | "february"
        | "februar"
        | "février"
        | "fevrier"
        | "févr"
        | "fév"
        | "febrero"
        | "febbraio"
        | "fevereiro"
        | "fev"
        | "februari"
        | "lutego"
        | "luty"
        | "февраля"
        | "февраль"
        | "фев"
        | "лютого"
        | "şubat"
        | "φεβ"
        | "φεβρουαρίου"
        | "február"
        | "února" => 2,
        "mar" | "march" | "märz" | "mär" | "mrz" | "maart" | "mars" | "marzo" | "março" | "marca" | "marzec"
        | "марта" | "март" | "мар" | "березня" | "mart" | "μαρ" | "μαρτίου" | "március" | "března" | "mrt" => {
            3
        }
        "apr" | "april" | "avril" | "avr" | "abril" | "abr" | "aprile" | "kwietnia" | "kwiecień" | "апреля"
        | "апрель" | "апр" | "квітня" | "nisan" | "απρ" | "απριλίου" | "április" | "dubna" => {
            4
        }
        "may" | "mai" | "mayo" | "maggio" | "mag" | "maio" | "mei" | "maj" | "maja" | "мая" | "май" | "травня"
        | "mayıs" | "μαϊ" | "μαι" | "μαΐου" | "május" | "května" => 5,
        "jun" | "june" | "juni" | "juin" | "junio" | "giugno" | "giu" | "junho" | "czerwca" | "czerwiec" | "июня"
        | "июнь" | "июн" | "червня" | "haziran" | "ιουν" | "ιον" | "ιουνίου" | "június" | "června" => {
            6
        }
        "jul" | "july" | "juli" | "juillet" | "juil" | "julio" | "luglio" | "lug" | "julho" | "lipca" | "lipiec"
        | "июля" | "июль" | "июл" | "липня" | "temmuz" | "ιουλ" | "ιολ" | "ιουλίου" | "július" | "července" => {
            7
        }
        "aug" | "august" | "août" | "aout" | "agosto" | "ago" | "augustus" | "augusti" | "sierpnia" | "sierpień"
        | "августа" | "август" | "авг" | "серпня" | "ağustos" | "αυγ" | "αυγούστου" | "augusztus" | "srpna" => {
            8
        }
        "sep"
        | "sept"
        | "september"
        | "septembre"
        | "septiembre"
        | "settembre"
        | "set"
        | "setembro"
        | "września"
        | "wrzesień"
        | "сентября"
        | "сентябрь"
        | "сен"
        | "сент"
        | "вересня"
        | "eylül"
        | "σεπ"
        | "σεπτεμβρίου"
        | "szeptember"
        | "září" => 9,
        "oct" | "october" | "okt" | "oktober" | "octobre" | "octubre" | "ottobre" | "ott" | "outubro" | "out"
        | "października" | "październik" | "октября" | "октябрь" | "окт" | "жовтня" | "ekim" | "οκτ" | "οκτωβρίου"
        | "október" | "října" => 10,
        "nov" | "november" | "novembre" | "noviembre" | "novembro" | "listopada" | "ноября" | "ноябрь" | "ноя"
        | "kasım" | "νοε" | "νοεμβρίου" => 11,
        "dec"
        | "december"
        | "dez"
        | "dezember"
        | "décembre"
        | "decembre"
        | "déc"
        | "diciembre"
        | "dic"
        | "dicembre"
        | "dezembro"
        | "grudnia"
        | "grudzień"
        | "декабря"
        | "декабрь"
        | "дек"
        | "грудня"
        | "aralık"
        | "δεκ"
        | "δεκεμβρίου"
        | "prosince" => 12,
        _ => return None,
    })
}

/// The number word behind `tháng`: `tháng tư` is April, `tháng mười một` November. `ten` says that a `mười` stands
/// before the word.
pub(super) fn vietnamese_month(word: &str, ten: bool) -> Option<i8> {
    Some(match (word, ten) {
        ("một" | "mot" | "giêng", false) => 1,
        ("hai", false) => 2,
        ("ba", false) => 3,
        ("tư" | "bốn", false) => 4,
        ("năm", false) => 5,
        ("sáu", false) => 6,
        ("bảy" | "bẩy", false) => 7,
        ("tám", false) => 8,
        ("chín", false) => 9,
        ("mười", false) => 10,
        ("một" | "mot", true) => 11,
        ("hai", true) | ("chạp", false) => 12,
        _ => return None,
    })
}
