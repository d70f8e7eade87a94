import FunctionRuntime
import MailTypes
import Testing

@Suite struct ObjectListingContract {
    /// Keys that clients with ideas about paths get wrong, in the order of their octets.
    static let odd = ["+", "a b", "a+b", "a/../b", "a//b", "a/b", "a/b/c", "b/", "b/x", "c", "é", "日本", "😀"]

    private func filled(_ kind: StoreKind, _ keys: [String] = odd) async throws -> Stores {
        let stores = try await kind.open()
        try await stores.bucket()
        for key in keys.reversed() { try await stores.put(key, key) }
        return stores
    }

    @Test(arguments: StoreKind.allCases)
    func `keys are octets, and are listed in their order`(_ kind: StoreKind) async throws {
        let stores = try await filled(kind)
        let page = try await stores.objects.listObjects(in: "box", ObjectQuery())
        #expect(page.objects.map(\.key) == Self.odd)
        #expect(!page.isTruncated && page.last == ObjectName("😀"))
        for key in Self.odd { #expect(try await stores.text(key) == key) }
    }

    @Test(arguments: StoreKind.allCases, [1, 2, 3, 100])
    func `pages follow each other without gap or double, rolled up or not`(_ kind: StoreKind, _ limit: Int) async throws
    {
        let stores = try await filled(kind)
        for delimiter in [nil, "/", "b"] {
            for prefix in ["", "a", "a/"] {
                let whole = try await stores.objects.listObjects(
                    in: "box", ObjectQuery(prefix: prefix, delimiter: delimiter))
                var (keys, prefixes): ([String], [String]) = ([], [])
                var query = ObjectQuery(prefix: prefix, delimiter: delimiter, limit: limit)
                while true {
                    let page = try await stores.objects.listObjects(in: "box", query)
                    #expect(page.objects.count + page.prefixes.count <= limit)
                    keys += page.objects.map(\.key)
                    prefixes += page.prefixes
                    guard page.isTruncated else { break }
                    query.after = page.last?.key
                }
                #expect(keys == whole.objects.map(\.key) && prefixes == whole.prefixes)
            }
        }
        let rolledUp = try await stores.objects.listObjects(in: "box", ObjectQuery(delimiter: "/"))
        #expect(rolledUp.prefixes == ["a/", "b/"])
        #expect(rolledUp.objects.map(\.key) == ["+", "a b", "a+b", "c", "é", "日本", "😀"])
        #expect(try await stores.keys(ObjectQuery(prefix: "a/", delimiter: "/")) == ["a/b", "a/../", "a//", "a/b/"])
    }

    @Test(arguments: StoreKind.allCases)
    func `a page can begin after any text`(_ kind: StoreKind) async throws {
        let stores = try await filled(kind)
        #expect(try await stores.keys(ObjectQuery(after: "a/b")) == ["a/b/c", "b/", "b/x", "c", "é", "日本", "😀"])
        #expect(try await stores.keys(ObjectQuery(after: "a/bb")) == ["b/", "b/x", "c", "é", "日本", "😀"])
        #expect(try await stores.keys(ObjectQuery(prefix: "b", after: "a")) == ["b/", "b/x"])
        #expect(try await stores.keys(ObjectQuery(prefix: "a", after: "b")).isEmpty)
        #expect(
            try await stores.keys(ObjectQuery(delimiter: "/", after: "a/a", limit: 2)) == ["a/", "b/"],
            "a prefix is listed while keys in it follow")
        #expect(try await stores.keys(ObjectQuery(limit: 0)).isEmpty)
    }

    @Test(arguments: StoreKind.allCases)
    func `former versions and markers do not show among the current ones`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        try await stores.bucket("box", .enabled)
        for key in ["d/a", "d/b", "e"] { for text in ["1", "2"] { try await stores.put(key, text) } }
        for key in ["d/a", "d/b"] { _ = try await stores.objects.deleteObject(key, in: "box", at: stores.now) }
        #expect(try await stores.keys(ObjectQuery()) == ["e"])
        #expect(try await stores.keys(ObjectQuery(delimiter: "/")) == ["e"], "a prefix of deleted keys is none")
        #expect(try await stores.keys(ObjectQuery(delimiter: "/", allVersions: true)) == ["e", "e", "d/"])
        var (names, query): ([ObjectName], ObjectQuery) = ([], ObjectQuery(limit: 3, allVersions: true))
        while true {
            let page = try await stores.objects.listObjects(in: "box", query)
            names += page.objects.map { ObjectName($0.key, version: $0.version) }
            guard page.isTruncated else { break }
            (query.after, query.afterVersion) = (page.last?.key, page.last?.version)
        }
        #expect(names.map(\.key) == ["d/a", "d/a", "d/a", "d/b", "d/b", "d/b", "e", "e"])
        #expect(Set(names).count == 8)
    }
}
