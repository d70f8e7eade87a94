import FunctionRuntime
import MailTypes
import Stacks
import Templates

/// A function as somebody at the command line names it, found.
enum FoundFunction: Sendable {
    case builtIn(BoundFunction)
    /// A user's, with the version or alias that was asked for.
    case users(FunctionEntry, qualifier: String?)

    /// What the rest of the system knows it by: `NAME` or `NAME:QUALIFIER`.
    var reference: String {
        switch self {
        case .builtIn(let function): function.name.text
        case .users(let entry, let qualifier): entry.name + (qualifier.map { ":\($0)" } ?? "")
        }
    }
}

extension Operator {
    /// The function of a stack's resource.
    private struct StackFunction {
        let stack: String
        let logicalID: String
        /// With the version or alias that the resource is.
        let reference: String

        var path: String { "\(stack)/\(logicalID)" }

        init?(_ resource: StackResource, of stack: String) {
            switch resource.part {
            case .function(let part): reference = part.name
            case .alias(let part): reference = "\(part.function):\(part.alias)"
            case .version(let part): reference = "\(part.function):\(resource.assigned ?? LambdaFunction.latest)"
            default: return nil
            }
            (self.stack, logicalID) = (stack, resource.logicalID)
        }
    }

    /// Finds a function by its name, its ARN, `STACK/LogicalId`, or the logical id alone where one stack has it; each but
    /// the first of a built-in function with `:VERSION` or `:ALIAS` or without.
    /// - Throws: `Failure` that names what was perhaps meant, or the stacks that have the logical id.
    func function(_ text: String) async throws -> FoundFunction {
        let builtIn = system.bindings.deployment.functions
        if let function = builtIn[FunctionName(text)] { return .builtIn(function) }
        if let reference = FunctionReference(text),
            let entry = try await system.functionRegistry.entry(reference.name)
        {
            return try Self.having(reference.qualifier, entry)
        }
        let path = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        if path.count == 2, path[0] == MailSystem.stack, let function = builtIn[FunctionName(path[1])] {
            return .builtIn(function)
        }
        let last = (path.last ?? "").split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let (logicalID, qualifier) = (last.first ?? "", last.count == 2 ? String(last[1]) : nil)
        let known = try await stackFunctions()
        let found = known.filter { $0.logicalID == logicalID && (path.count == 1 || $0.stack == path[0]) }
        guard let first = found.first else { throw try await unknown(text, known) }
        guard found.count == 1 else {
            throw Failure.invalid(
                "\(logicalID) is in \(found.count) stacks; say which: \(found.map(\.path).joined(separator: ", "))")
        }
        guard let reference = FunctionReference(first.reference),
            let entry = try await system.functionRegistry.entry(reference.name)
        else {
            throw Failure.notFound("\(first.path) was deleted apart from its stack; deploy the stack again")
        }
        return try Self.having(qualifier ?? reference.qualifier, entry)
    }

    /// The stack's name and the logical id of a user's function; nil when no stack made it.
    func place(of entry: FunctionEntry) async throws -> (stack: String, logicalID: String)? {
        guard let name = entry.record.stack, let state = try await system.stacks.stack(name) else { return nil }
        let resource = state.resources.first { resource in
            if case .function(let part) = resource.part { part.name == entry.name } else { false }
        }
        return resource.map { (name, $0.logicalID) }
    }

    private func stackFunctions() async throws -> [StackFunction] {
        try await system.stacks.all().flatMap { stack in
            stack.resources.compactMap { StackFunction($0, of: stack.name) }
        }
    }

    private static func having(_ qualifier: String?, _ entry: FunctionEntry) throws -> FoundFunction {
        guard entry.has(qualifier) else {
            let known = entry.record.aliases.map(\.name) + entry.versions.map(\.version)
            throw Failure.notFound(
                "function \(entry.name) has no version or alias \(qualifier ?? ""); "
                    + (known.isEmpty ? "nothing was published yet" : "there are \(known.joined(separator: ", "))"))
        }
        return .users(entry, qualifier: qualifier)
    }

    private func unknown(_ text: String, _ stackFunctions: [StackFunction]) async throws -> Failure {
        let builtIn = system.bindings.deployment.functions.keys.map(\.text)
        let users = try await system.functionRegistry.entries().map(\.name)
        let paths = stackFunctions.map(\.path)
        let ofStack = stackFunctions.filter { $0.stack == text }.map(\.path)
        if !ofStack.isEmpty {
            return .notFound("there is no function \(text); stack \(text) has \(Self.few(ofStack))")
        }
        if let guess = Suggestion.nearest(to: text, in: builtIn + users + paths) {
            return .notFound("there is no function \(text); did you mean \(guess)?")
        }
        if let guess = Suggestion.nearest(to: text, in: stackFunctions.map(\.logicalID)),
            let one = stackFunctions.first(where: { $0.logicalID == guess })
        {
            return .notFound("there is no function \(text); did you mean \(one.path)?")
        }
        // Functions of stacks are told by what their author called them.
        let loose = users.filter { name in !stackFunctions.contains { $0.reference == name } }
        let own = (loose + paths).sorted()
        return .notFound("there is no function \(text); there are \(Self.few(own.isEmpty ? builtIn.sorted() : own))")
    }

    /// Names that are told in one line.
    private static let namesTold = 12

    private static func few(_ names: [String]) -> String {
        let told = names.prefix(namesTold).joined(separator: ", ")
        let more = names.count - namesTold
        return more > 0 ? "\(told) and \(more) more (mailroom functions)" : told
    }
}
