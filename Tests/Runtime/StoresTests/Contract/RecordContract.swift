import FunctionRuntime
import MailTypes
import Testing

@Suite struct RecordContract {
    /// A key of this name.
    private func key(_ name: String, _ kind: RecordKind = "function") -> RecordKey { RecordKey(kind, name) }

    @Test(arguments: StoreKind.allCases)
    func `a record counts its revisions`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let records = stores.records
        #expect(try await records.record(key("a")) == nil)
        try await records.apply([.put(key("a"), [1])])
        try await records.apply([.put(key("a"), [2], expecting: 1), .put(key("a", "secret"), [])])
        #expect(try await records.record(key("a")) == StoredRecord(key: key("a"), value: [2], revision: 2))
        #expect(try await records.record(key("a", "secret"))?.value == [])
        try await records.apply([.delete(key("a"), expecting: 2), .delete(key("never"))])
        #expect(try await records.record(key("a")) == nil)
        try await records.apply([.put(key("a"), [3])])
        #expect(try await records.record(key("a"))?.revision == 1)
    }

    @Test(arguments: StoreKind.allCases)
    func `one change that cannot be made leaves all others unmade`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let records = stores.records
        try await records.apply([.put(key("a"), [1])])
        await #expect {
            try await records.apply([.put(key("b"), [2]), .put(key("a"), [9], expecting: 0)])
        } throws: { $0.isExists }
        await #expect(throws: StoreFailure.conflict("function a was changed by somebody else")) {
            try await records.apply([.delete(key("a")), .put(key("a"), [9], expecting: 1)])
        }
        #expect(try await records.record(key("a"))?.value == [1])
        #expect(try await records.record(key("b")) == nil)
    }

    @Test(arguments: StoreKind.allCases)
    func `records are listed by name, in pages, by what they begin with`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let records = stores.records
        let names = ["a", "a/1", "a/2", "a/ü", "a0", "b", "é"]
        try await records.apply(
            names.reversed().map { .put(key($0), Octets(text: $0)) } + [.put(key("z", "layer"), [])])
        #expect(try await records.records(of: "function").map(\.key.name) == names)
        #expect(try await records.records(of: "function", prefix: "a/").map(\.key.name) == ["a/1", "a/2", "a/ü"])
        #expect(
            try await records.records(of: "function", prefix: "", after: "a/1", limit: 2).map(\.key.name)
                == ["a/2", "a/ü"])
        #expect(try await records.records(of: "function", prefix: "a/", after: "a/ü", limit: 2).isEmpty)
        #expect(try await records.records(of: "nothing").isEmpty)
    }
}
