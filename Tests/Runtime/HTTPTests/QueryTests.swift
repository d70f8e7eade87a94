import FunctionRuntime
import MailTypes
import Testing

@Suite struct QueryTests {
    @Test func `a query is read as items, blanks and percent-encoding resolved`() {
        let request = HTTPRequest(
            method: "GET", path: "/", query: "a=1&b=x+y%2Bz&c&d=&&e=%C3%A9=%3D&a=2&bad=%zz&no%FF=1",
            peer: NetworkAddress(host: "192.0.2.7", port: 1))
        #expect(
            request.queryItems == [
                HTTPQueryItem("a", "1"), HTTPQueryItem("b", "x y+z"), HTTPQueryItem("c", ""), HTTPQueryItem("d", ""),
                HTTPQueryItem("e", "é=="), HTTPQueryItem("a", "2"), HTTPQueryItem("bad", "%zz"),
                HTTPQueryItem("no%FF", "1"),
            ])
        #expect(request.queryValue("a") == "1")
        #expect(request.queryValue("z") == nil)
    }

    @Test func `percent-encoding goes both ways and refuses what is cut off`() {
        let all = Octets(0...255)
        #expect(PercentCoding.decode(PercentCoding.encode(all)) == all)
        #expect(PercentCoding.encode(Octets(text: "a/b c~é"), keepingSlash: true).text == "a/b%20c~%C3%A9")
        for text in ["%", "%4", "%4g", "a%"] { #expect(PercentCoding.decode(text.utf8) == nil) }
    }
}
