import FunctionRuntime
import MailTypes
import Templates

extension Verb {
    static let event = Verb(
        "event", "[TYPE]", "prints a sample event; without TYPE lists the types",
        options: [
            .value("function", "NAME", "the event that this function gets from what calls it, instead of TYPE"),
            .value("message", "MESSAGE", "what a rule's function gets for this message: its id, or last"),
            .value(
                "set", "PATH=VALUE", "sets a member, for example envelope.reversePath=a@b.example", repeatable: true),
            .data, .endpoint,
        ],
        example: """
            mailroom event smtp-message --set envelope.recipients.0.forwardPath=bob@demo.mailroom.test
            mailroom event --function hello | mailroom invoke hello --event -
            mailroom event --message last | mailroom invoke hello --event -
            """
    ) { arguments in
        guard var value = try sample(arguments) else {
            Output.table(["TYPE", "FOR", "WHAT"], SampleEvent.all.map { [$0.type, $0.function, $0.summary] })
            return 0
        }
        for assignment in arguments.all("set") {
            guard let equals = assignment.firstIndex(of: "=") else {
                throw Refusal.usage("--set takes PATH=VALUE", hint: "--set envelope.reversePath=a@b.example")
            }
            let path = assignment[..<equals].split(separator: ".").map(String.init)
            let text = String(assignment[assignment.index(after: equals)...])
            let literal = try? JSONValue(parsing: Octets(text: text))
            guard let changed = SampleEvent.setting(path[...], to: literal ?? .string(text), in: value) else {
                throw Refusal.usage(
                    "the event has no place \(assignment[..<equals])", hint: "look at it without --set first")
            }
            value = changed
        }
        Output.print(value.text)
        return 0
    }

    /// The event that was asked for; nil when none was.
    private static func sample(_ arguments: Arguments) throws(Refusal) -> JSONValue? {
        let asked = [arguments.operands.first, arguments["function"], arguments["message"]].compactMap { $0 }
        guard asked.count <= 1 else {
            throw .usage("one of TYPE, --function and --message says which event", hint: "leave out the others")
        }
        if let message = arguments["message"] {
            let answer = try API(arguments).mailroom("FlowEvent", ["Message": .string(message)])
            return try? JSONValue(parsing: Octets(text: answer["Event"]?.string ?? ""))
        }
        let card = try? Card.read(in: arguments["data"] ?? ".mailroom")
        if let function = arguments["function"] { return try sample(forFunction: function, arguments, card) }
        return try arguments.operands.first.map { type throws(Refusal) in try sample(ofType: type).value(card) }
    }

    private static func sample(ofType type: String) throws(Refusal) -> SampleEvent {
        guard let sample = SampleEvent.all.first(where: { $0.type == type }) else {
            let guess = Suggestion.nearest(to: type, in: SampleEvent.all.map(\.type))
            throw .usage("no event type \(type)", hint: guess.map { "did you mean \($0)?" } ?? "see: mailroom event")
        }
        return sample
    }

    /// What first calls a function decides; where that is a bucket or a rule of a schedule, the event is from there.
    private static func sample(forFunction name: String, _ arguments: Arguments, _ card: Card?) throws(Refusal)
        -> JSONValue
    {
        let function = try API(arguments).describe(function: name)
        if let builtIn = SampleEvent.all.first(where: { $0.function == function["Handler"]?.string }) {
            return builtIn.value(card)
        }
        let words = function["Events"]?.array?.first?.string?.split(separator: " ").map(String.init) ?? []
        guard let type = words.first else {
            throw .failed(
                "nothing calls \(name) that has a sample event", next: "name a type; mailroom event lists them")
        }
        let event = try sample(ofType: type).value(card)
        guard words.count == 2 else { return event }
        let source = words[1]
        var places: [(path: [String], value: String)] = []
        switch type {
        case "s3-put":
            let bucket = source.split(separator: ":").last.map(String.init) ?? source
            places = [
                (["Records", "0", "s3", "bucket", "name"], bucket), (["Records", "0", "s3", "bucket", "arn"], source),
            ]
        case "schedule": places = [(["resources", "0"], source)]
        default: break
        }
        return places.reduce(event) { event, place in
            SampleEvent.setting(place.path[...], to: .string(place.value), in: event) ?? event
        }
    }
}
