import FunctionRuntime
import MailTypes
import Templates

/// What stacks have of each other and of the account: exports, and values of the Parameter Store.
extension Stacks {
    /// What the templates of a stack may refer to beside their own.
    /// - Parameter id: the stack's; nil where nothing depends on it.
    func surroundings(of stack: String, id: String?) async throws(StoreFailure) -> PseudoParameters {
        var pseudo = PseudoParameters(
            region: registry.region, accountID: registry.account, stackName: stack, stackID: id)
        for other in try await all() where other.name != stack {
            for output in other.outputs { if let name = output.exportName { pseudo.exports[name] = output.value } }
        }
        for record in try await records.records(of: .parameter) {
            let parameter = try record.decoded(as: StoredParameter.self)
            // A secret's text would be shown as any value is.
            if parameter.type != "SecureString" { pseudo.storedParameters[parameter.name] = parameter.value }
        }
        return pseudo
    }

    /// Why a stack cannot have these outputs: an export of a name that another stack has, or one that goes while another
    /// stack imports it. CloudFormation refuses both.
    func exportProblems(of stack: String, from old: [StackOutput], to new: [StackOutput]) async throws(StoreFailure)
        -> [String]
    {
        let names = new.compactMap(\.exportName)
        let gone = Set(old.compactMap(\.exportName)).subtracting(names).sorted()
        guard !names.isEmpty || !gone.isEmpty else { return [] }
        var problems: [String] = []
        for (index, name) in names.enumerated() where names[..<index].contains(name) {
            problems.append("export \(name) is there twice")
        }
        for other in try await all() where other.name != stack {
            for name in other.outputs.compactMap(\.exportName) where names.contains(name) {
                problems.append("export \(name) is one of stack \(other.name) already; give another Name")
            }
            for name in gone where try await imports(other, name) {
                problems.append("export \(name) cannot go: stack \(other.name) imports it; change or delete that first")
            }
        }
        return problems
    }

    /// True when a stack's template is in order with an export and not without it.
    private func imports(_ stack: StackState, _ name: String) async throws(StoreFailure) -> Bool {
        guard let deployment = try await deployment(stack.number, of: stack.name) else { return false }
        var pseudo = try await surroundings(of: stack.name, id: stack.id)
        func isInOrder() -> Bool {
            (try? Template.load(
                Octets(text: deployment.template), file: deployment.file, parameters: deployment.parameters,
                pseudo: pseudo)) != nil
        }
        guard isInOrder() else { return false }
        pseudo.exports[name] = nil
        return !isInOrder()
    }
}
