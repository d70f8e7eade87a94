import MailTypes
import MessageFormat
import Testing

@Suite struct EncodedWordTests {
    @Test(arguments: [
        ("plain", "plain"), ("", ""), ("a = b", "a = b"), ("=?", "=?"), ("=?=?=?=", "=?=?=?="),
        ("=?utf-8?Q?Gr=C3=BC=C3=9Fe?=", "Grüße"), ("=?UTF-8?b?R3LDvMOfZQ==?=", "Grüße"),
        ("=?iso-8859-1?q?=E4_=F6?=", "ä ö"), ("=?windows-1252?Q?=80?=", "€"), ("=?ISO-8859-15?Q?=A4?=", "€"),
        ("=?windows-1251?B?z/Do4uXy?=", "Привет"), ("=?koi8-r?B?8NLJ18XU?=", "Привет"),
        ("=?iso-2022-jp?B?GyRCJDMkcyRLJEEkTxsoQg==?=", "こんにちは"), ("=?gb2312?B?xOO6ww==?=", "你好"),
        ("=?utf-8*de?Q?x?=", "x"), ("a =?utf-8?Q?b?= c", "a b c"), ("a=?utf-8?Q?b?=c", "abc"),
        ("=?utf-8?Q?a?= =?utf-8?Q?b?=", "ab"), ("=?utf-8?Q?a?=\r\n =?utf-8?Q?b?=", "ab"),
        ("=?utf-8?Q?a?= x =?utf-8?Q?b?=", "a x b"),
        // A character cut across two words of one set.
        ("=?utf-8?Q?=C3?= =?utf-8?Q?=A4?=", "ä"), ("=?utf-8?Q?=C3?= =?iso-8859-1?Q?=E4?=", "\u{FFFD}ä"),
        // Not decodable: kept as it stands.
        ("=?bogus?Q?x?=", "=?bogus?Q?x?="), ("=?utf-7?Q?+AGE-?=", "=?utf-7?Q?+AGE-?="),
        ("=?utf-8?X?x?=", "=?utf-8?X?x?="),
        ("=?utf-8?Q?x", "=?utf-8?Q?x"), ("=?utf-8//IGNORE?Q?x?=", "=?utf-8//IGNORE?Q?x?="),
        ("=?../etc?Q?x?=", "=?../etc?Q?x?="),
        ("=?utf-8?Q?=?utf-8?Q?a?=", "=?utf-8?Q?a"),
        // Nothing decoded starts a line.
        ("=?utf-8?Q?a=0D=0ABcc:_x=00?=", "a  Bcc: x "), ("=?utf-8?B?AA0K?=", "   "),
        ("=?utf-8?Q?=E2=80=A8x=C2=85?=", " x "),
        ("raw ü", "raw ü"), ("=?utf-8?Q?bad=ZZhex=4?=", "bad=ZZhex=4"),
    ])
    func `words are decoded, and only words`(text: String, expected: String) {
        #expect(EncodedWord.decode(Octets(text: text)) == expected)
    }

    @Test func `raw octets are repaired`() {
        #expect(EncodedWord.decode([0x61, 0xFF, 0x62]) == "a\u{FFFD}b")
    }

    @Test(arguments: ["Grüße aus Köln", "=?looks encoded?=", "日本語のとても長い件名がここにありますので折り返しが必要です", "\u{1F600} ok", "plain"])
    func `what was encoded is decoded again, in words of at most 75 octets`(text: String) {
        let encoded = EncodedWord.encode(text)
        #expect(EncodedWord.decode(encoded) == text)
        #expect(encoded.allSatisfy { $0 < 0x80 })
        #expect(encoded.split(separator: .space).allSatisfy { $0.count <= 75 })
    }

    @Test func `very long values of openings, of words and of unknown sets is one pass`() {
        let texts = ["=?", "=?utf-8?Q?", "=?utf-8?Q?=", "=?utf-8?Q?a?= ", "=?x?B?", "=?utf-8?B?AAAA"].map {
            String(repeating: $0, count: 150_000)
        }
        for text in texts { #expect(!EncodedWord.decode(Octets(text: text)).isEmpty) }
        let unknown = (0..<50_000).map { "=?set\($0)?Q?a?=" }.joined()
        #expect(EncodedWord.decode(Octets(text: unknown)) == unknown)
    }
}

@Suite struct TransferDecoderTests {
    @Test(arguments: [
        ("base64", "YWJj", "abc"), ("base64", "YWI=", "ab"), ("base64", "YQ==", "a"), ("base64", "Y W\r\nJ\tj!", "abc"),
        ("base64", "YQ==YmM=", "abc"), ("base64", "YWJ", "ab"), ("base64", "Y", ""), ("base64", "====", ""),
        ("BASE64", "YWJj", "abc"), ("quoted-printable", "a=3Db=\r\nc=3d", "a=bc="),
        ("quoted-printable", "a \t\r\nb  ", "a\r\nb"),
        ("quoted-printable", "a= \t\r\nb", "ab"), ("quoted-printable", "a=\nb", "ab"),
        ("quoted-printable", "=C3=A4", "ä"),
        ("quoted-printable", "=ZZ=4=", "=ZZ=4"), ("quoted-printable", "a=b", "a=b"), ("quoted-printable", "==41", "=A"),
        ("quoted-printable", "a  b", "a  b"), ("quoted-printable", "100=% ok", "100=% ok"), ("7bit", "=41", "=41"),
        ("x-unknown", "=41", "=41"),
    ])
    func `text is decoded forgivingly`(encoding: String, text: String, expected: String) {
        #expect(TransferDecoder.decode(Octets(text: text)[...], encoding: encoding).text == expected)
    }

    @Test func `an unknown encoding has no decoder`() {
        #expect(TransferDecoder("x-uuencode") == nil)
        #expect(TransferDecoder("8Bit") != nil)
    }

    @Test func `blanks without end and lines without end stay small`() {
        var decoder = TransferDecoder("base64")
        var result: Octets = []
        let blanks = Octets(repeating: 0x20, count: 1 << 20)
        for _ in 0..<4 { decoder?.decode(blanks, into: &result) }
        decoder?.finish(into: &result)
        #expect(result.isEmpty)
        let line = Octets(repeating: 0x61, count: 2_000_000)
        #expect(TransferDecoder.decode(line[...], encoding: "quoted-printable").count == line.count)
        #expect(TransferDecoder.decode(line[...], encoding: "quoted-printable", limitOctets: 7).count == 7)
        #expect(TransferDecoder.decode(blanks[...], encoding: "quoted-printable").count <= blanks.count)
    }
}

@Suite struct DateFieldTests {
    private let expected = Timestamp(year: 2026, month: 11, day: 20, hour: 17, minute: 36, second: 18)

    @Test(arguments: [
        "Fri, 20 Nov 2026 17:36:18 +0000", "20 Nov 2026 17:36:18 +0000", "Fri, 20 Nov 2026 18:36:18 +0100 (CET)",
        "Fri, 20 Nov 2026 12:36:18 EST", "Fri, 20 Nov 2026 17:36:18 GMT", "Fri, 20 Nov 2026 17:36:18 UT",
        "Fri, 20 Nov 2026 17:36:18", "Fri,20 Nov 2026 17:36:18 -0000", "fri, 20 nov 26 17:36:18 z",
        "Fri (day) , 20 (x (y)) November 2026 17:36:18 +0000", "Friday, 20-Nov-26 17:36:18 GMT",
        "Fri Nov 20 17:36:18 2026",
        "Fri, 20 Nov 2026 17:36:18.123 +0000", "Fri, 20 Nov 2026 23:06:18 +0530", "Fri, 20 Nov 2026 10:36:18 -0700",
        "  Fri,  20  Nov  2026  17:36:18  +0000  ",
    ])
    func `dates are read as mail writes them`(text: String) {
        #expect(DateField.parse(Octets(text: text)) == expected)
    }

    @Test func `years of two and three digits, missing seconds, leap seconds`() {
        #expect(DateField.parse(Octets(text: "1 Jan 70 00:00 GMT")) == Timestamp(seconds: 0))
        #expect(DateField.parse(Octets(text: "1 Jan 49 00:00 GMT")) == Timestamp(year: 2049, month: 1, day: 1))
        #expect(DateField.parse(Octets(text: "1 Jan 103 00:00 GMT")) == Timestamp(year: 2003, month: 1, day: 1))
        #expect(DateField.parse(Octets(text: "31 Dec 2016 23:59:60 GMT")) == Timestamp(year: 2017, month: 1, day: 1))
        #expect(DateField.parse(Octets(text: "29 Feb 2024")) == Timestamp(year: 2024, month: 2, day: 29))
    }

    @Test(arguments: [
        "", "x", "Fri", "32 Nov 2026 17:36:18 +0000", "0 Nov 2026 17:36:18 +0000", "20 Foo 2026 17:36:18 +0000",
        "20 Nov 292277026596 17:36:18 +0000", "1 Jan 0 00:00:00 +0000", "20 Nov 2026 24:00:00 +0000",
        "20 Nov 2026 17:60:18 +0000",
        "29 Feb 2023 00:00:00 +0000", "平成二十年", "99999999999999999999", "20 Nov 20260 00:00:00 +0000",
        "20 Nov 2026 1:2:3:4 +0000",
        "-1 Nov 2026", "31 Apr 2026 00:00:00 +0000",
    ])
    func `what is no date is none`(text: String) {
        #expect(DateField.parse(Octets(text: text)) == nil)
    }

    @Test func `an impossible zone counts as UTC`() {
        #expect(DateField.parse(Octets(text: "20 Nov 2026 17:36:18 +9999")) == expected)
        #expect(DateField.parse(Octets(text: "20 Nov 2026 17:36:18 UTC+99:99")) == expected)
        #expect(DateField.parse(Octets(text: "20 Nov 2026 17:36:18 XYZ")) == expected)
    }
}
