import FunctionRuntime
import MailTypes
import Testing

@Suite struct StackContract {
    @Test(arguments: StoreKind.allCases)
    func `deployments of a stack are numbered, and the newest is current`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        let stacks = stores.stacks
        #expect(try await stacks.currentDeployment(of: "mailroom") == nil)
        #expect(try await stacks.stacks().isEmpty)
        #expect(
            try await stacks.recordDeployment(of: "mailroom", template: [1], parameters: ["A": "1"], at: stores.now)
                == 1)
        #expect(try await stacks.recordDeployment(of: "acme", template: [], parameters: [:], at: stores.now) == 1)
        let later = stores.now + .seconds(5)
        let template = SeededRandom(3).octets(100_000)
        #expect(
            try await stacks.recordDeployment(
                of: "mailroom", template: template, parameters: ["A": "", "B": "ü"], at: later)
                == 2)
        let newest = StoredDeployment(
            stack: "mailroom", number: 2, template: template, parameters: ["A": "", "B": "ü"], deployedAt: later)
        #expect(try await stacks.currentDeployment(of: "mailroom") == newest)
        #expect(try await stacks.deployment(2, of: "mailroom") == newest)
        #expect(try await stacks.deployment(1, of: "mailroom")?.parameters == ["A": "1"])
        #expect(try await stacks.deployment(3, of: "mailroom") == nil)
        #expect(try await stacks.deployment(2, of: "acme") == nil)
        let all = try await stacks.stacks()
        #expect(all.map(\.stack).sorted() == ["acme", "mailroom"])
        #expect(all.first { $0.stack == "mailroom" } == newest)
    }

    @Test(arguments: StoreKind.allCases)
    func `the last twenty deployments are kept`(_ kind: StoreKind) async throws {
        let stores = try await kind.open()
        for number in 1...22 {
            #expect(
                try await stores.stacks.recordDeployment(
                    of: "mailroom", template: [UInt8(number)], parameters: [:], at: stores.now) == number)
        }
        #expect(try await stores.stacks.deployment(2, of: "mailroom") == nil)
        #expect(try await stores.stacks.deployment(3, of: "mailroom")?.template == [3])
    }
}
