import MailTypes
import Templates
import Testing

@Suite struct YAMLProblemTests {
    @Test(arguments: [
        ("", "t.yaml:1:1: the template is empty"),
        ("# only a comment\n", "t.yaml:1:1: the template is empty"),
        ("text", "t.yaml:1:1: a template is a map of sections, not a text"),
        ("- a", "t.yaml:1:1: a template is a map of sections, not a list"),
        ("Resources: {}\n---\nResources: {}", "t.yaml:2:1: a second document starts here; a template is one"),
        ("Resources: {}\nResources: {}", "t.yaml:2:1: Resources is here for the second time, first in line 1"),
        ("Resources: {}\nMetadata: {a: 1, a: 2}", "t.yaml:2:18: a is here for the second time, first in line 2"),
        (
            "Resources: {}\nMetadata: {<<: {a: 1}}",
            "t.yaml:2:12: merge keys (<<) are not part of templates; use Globals or repeat the keys"
        ),
        ("Resources: {}\nMetadata: {[a]: 1}", "t.yaml:2:12: a key is a text, not a list"),
        ("Resources: {}\nMetadata: *x", "t.yaml:2:11: alias *x stands for nothing before it"),
        ("Resources: {}\nMetadata: &x [*x]", "t.yaml:2:15: alias *x stands for nothing before it"),
        (
            "Resources: {}\nMetadata: !!binary aGk=",
            "t.yaml:2:11: the tag tag:yaml.org,2002:binary is not part of templates"
        ),
        ("Resources: [", "t.yaml:2:1: while parsing a flow node, did not find expected node content"),
        ("Resources:\n  A:\n B: x", "t.yaml:3:2: while parsing a block mapping, did not find expected key"),
        (
            "Resources:\n\tA: x",
            "t.yaml:2:1: while scanning for the next token, found character that cannot start any token"
        ),
    ])
    func `what is no template is told with its place`(_ yaml: String, _ problem: String) {
        #expect(problems(yaml) == [problem])
    }

    @Test func `octets that are not text are told`() throws {
        for octets in [[0xFF, 0xFE, 0x41], [0x41, 0xC3], [0x61, 0x3A, 0x20, 0x00], [0xED, 0xA0, 0x80]] as [Octets] {
            #expect(throws: TemplateProblems.self) { try Template.load(octets, file: "t.yaml") }
        }
    }

    @Test func `depth is bounded`() {
        let deep = String(repeating: "[", count: 100_000)
        #expect(problems("Resources: {}\nMetadata: \(deep)").count == 1)
        let fits = String(repeating: "[", count: 60) + String(repeating: "]", count: 60)
        #expect(problems("Resources: {}\nMetadata: \(fits)").isEmpty)
        let tooDeep = String(repeating: "[", count: 70) + String(repeating: "]", count: 70)
        #expect(
            problems("Resources: {}\nMetadata: \(tooDeep)") == ["t.yaml:2:74: more than 64 levels of lists and maps"])
    }

    @Test func `size is bounded`() {
        let large = "Resources: {}\n#" + String(repeating: "x", count: 1 << 20)
        #expect(problems(large) == ["t.yaml:1:1: the template has \(large.utf8.count) octets; 1048576 is the limit"])
    }

    @Test func `nodes are bounded, and aliases count as what they stand for`() {
        let many = "Resources: {}\nMetadata: [" + String(repeating: "a,", count: 60_000) + "]"
        #expect(problems(many).count == 1)
        var bomb = "Resources: {}\nMetadata:\n  a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1..<12 {
            let before = "*a\(level - 1)"
            bomb += "  a\(level): &a\(level) [\(Array(repeating: before, count: 10).joined(separator: ", "))]\n"
        }
        let found = problems(bomb)
        #expect(found.count == 1)
        #expect(
            found.first?.contains("more than 50000 keys and values, aliases counted as what they stand for") == true)
    }

    @Test func `substitutions of substitutions stay bounded`() {
        var yaml =
            "Parameters:\n  P: { Type: String, Default: \"\(String(repeating: "x", count: 4000))\" }\nResources:\n"
        for number in 0..<300 {
            yaml += "  R\(number): { Type: Test::Thing::Kind, Properties: { A: !Sub \"${P}${P}\" } }\n"
        }
        let found = problems(yaml)
        #expect(found.first?.hasSuffix("functions make more than 1048576 octets of text") == true)
    }

    @Test func `no octets bring the reader down`() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        let random = SeededSource(seed)
        let words: [String] = [
            "Resources:", "Parameters:", "\n", "\n  ", "\n    ", "\n      ", "Type: ", "Mailroom::Function",
            "Properties:", "!Ref ", "!Sub ", "!If ", "[", "]", "{", "}", ",", ": ", "- ", "A", "B", "${A}", "\"", "'",
            "&a ",
            "*a", "|", ">", "#", "---", "Fn::Join: ", "Conditions:", "!Equals [a, b]", "Default: ", "1", "yes", "~",
            "?",
            "Events:", "SMTP", "Outputs:", "Value: ", "DependsOn: ", "Mappings:", "!FindInMap ", "Condition: ",
            "Globals:",
        ]
        for _ in 0..<2000 {
            var text = ""
            for _ in 0..<random.below(60) { text += words[random.below(words.count)] }
            var octets = Octets(text: text)
            for _ in 0..<random.below(4) where !octets.isEmpty {
                octets[random.below(octets.count)] = UInt8(random.below(256))
            }
            do throws(TemplateProblems) {
                _ = try Template.load(octets, file: "t.yaml")
            } catch {
                #expect(!error.problems.isEmpty, "seed \(seed)")
            }
        }
    }

    @Test func `a damaged standard template is loaded or refused, never worse`() {
        let seed = UInt64.random(in: 0...UInt64.max)
        let random = SeededSource(seed)
        for _ in 0..<60 {
            var octets = standardTemplate
            for _ in 0...random.below(5) {
                let place = random.below(octets.count)
                switch random.below(3) {
                case 0: octets[place] = UInt8(random.below(256))
                case 1: octets.removeSubrange(place..<min(octets.count, place + random.below(200)))
                default: octets.insert(contentsOf: octets[..<random.below(300)], at: place)
                }
            }
            do throws(TemplateProblems) {
                _ = try Template.load(octets, file: "t.yaml")
            } catch {
                #expect(!error.problems.isEmpty, "seed \(seed)")
            }
        }
    }
}
