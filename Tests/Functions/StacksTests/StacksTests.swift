import FunctionRuntime
import MailTypes
import MemoryStores
import Synchronization
import Testing

@testable import Stacks

@Suite struct StacksTests {
    @Test func `a deploy makes functions, policies, roles and buckets, and says what and where`() async throws {
        let bench = StackBench()
        let outcome = try await bench.deploy(
            StackTemplates.editor, ["EditFunction": "one", "EditPackages": "packages"])
        #expect(outcome.problems.isEmpty && outcome.number == 1 && outcome.changes.count == 6)
        let entry = try await bench.function()
        #expect(entry.record.stack == "demo" && entry.record.latest.layers.count == 1)
        #expect(entry.record.permissions[""]?.first?.principal == "workmail.us-east-1.amazonaws.com")
        #expect(outcome.ruleFunctions.map(\.arn) == [bench.registry.arn(of: entry.name)])
        #expect(outcome.outputs.map(\.value) == [bench.registry.arn(of: entry.name)])
        let role = try #require(
            try await bench.records.value(Role.key(Role.name(ofARN: entry.record.latest.role)), as: Role.self)?.value)
        #expect(role.inline.keys.sorted() == ["content"] && role.id.hasPrefix("AROA"))
        let bucket = try #require(try await bench.stackBuckets().first)
        #expect(bucket.settings.stack == "demo" && bucket.settings.policy?.contains("workmail.us-east-1") == true)
        #expect(entry.record.latest.environment["BUCKET"] == bucket.name)
        #expect(try await bench.registry.layers().map(\.number) == [1])
        #expect(try await bench.stacks.all().map(\.name) == ["demo"])
    }

    @Test func `the same deploy again changes nothing, not even the number`() async throws {
        let bench = StackBench()
        let builds = ["EditFunction": "one", "EditPackages": "packages"]
        _ = try await bench.deploy(StackTemplates.editor, builds)
        let before = try await bench.function().record
        bench.time.advance(by: .seconds(60))
        let again = try await bench.deploy(StackTemplates.editor, builds)
        #expect(again.changes.isEmpty && again.number == 1)
        #expect(try await bench.function().record == before)
    }

    @Test func `changed settings make a new revision of the same function, and only those of the old one end`()
        async throws
    {
        let bench = StackBench()
        _ = try await bench.deploy(StackTemplates.small(), ["Hello": "one"])
        let before = try await bench.function().record.latest
        let outcome = try await bench.deploy(StackTemplates.small(), ["Hello": "one"], parameters: ["Greeting": "ahoy"])
        #expect(outcome.number == 2 && outcome.changes.count == 1)
        let after = try await bench.function().record.latest
        #expect(after.name == before.name && after.environment == ["GREETING": "ahoy"])
        #expect(after.revisionID != before.revisionID && after.code == before.code)
        let kept = bench.host.retired.withLock { $0[after.name] }
        #expect(kept == [LambdaRevision(version: "$LATEST", revisionID: after.revisionID)])
        // Not given again, the value stays.
        let third = try await bench.deploy(StackTemplates.small(timeout: 4), ["Hello": "one"])
        #expect(third.number == 3)
        #expect(try await bench.function().record.latest.environment == ["GREETING": "ahoy"])
    }

    @Test func `a rollback goes back to the deploy before, and a second one further`() async throws {
        let bench = StackBench()
        _ = try await bench.deploy(StackTemplates.small(timeout: 1), ["Hello": "one"])
        _ = try await bench.deploy(StackTemplates.small(timeout: 2), ["Hello": "two"], parameters: ["Greeting": "yo"])
        _ = try await bench.deploy(StackTemplates.small(timeout: 3), ["Hello": "three"])
        let first = try await bench.stacks.rollBack("demo", isDryRun: false)
        #expect(first.problems.isEmpty && first.number == 4)
        var latest = try await bench.function().record.latest
        #expect(latest.timeoutSeconds == 2 && latest.environment == ["GREETING": "yo"])
        #expect(latest.code.sha256 == ScriptedHost.digest(Octets(text: "two")))
        #expect(try await bench.stacks.rollBack("demo", isDryRun: false).number == 5)
        latest = try await bench.function().record.latest
        #expect(latest.timeoutSeconds == 1 && latest.environment == ["GREETING": "hi"])
        await #expect(throws: StackFailure.self) { try await bench.stacks.rollBack("demo", isDryRun: false) }
        #expect(try await bench.function().record.latest == latest)
    }

    @Test func `a dry run says what would change and changes nothing`() async throws {
        let bench = StackBench()
        let outcome = try await bench.deploy(
            StackTemplates.editor, ["EditFunction": "one", "EditPackages": "packages"], isDryRun: true)
        #expect(outcome.changes.count == 6)
        #expect(try await bench.registry.entries().isEmpty)
        #expect(try await bench.stackBuckets().isEmpty)
        #expect(try await bench.stacks.all().isEmpty)
        #expect(bench.host.installed.withLock { $0.isEmpty })
    }

    @Test func `a commit that fails leaves the old stack and no bucket of the new one`() async throws {
        let bench = StackBench()
        _ = try await bench.deploy(StackTemplates.small(), ["Hello": "one"])
        let before = try await bench.function().record
        bench.records.failure.withLock { $0 = .diskFull }
        await #expect(throws: StoreFailure.diskFull) {
            _ = try await bench.deploy(
                StackTemplates.small(timeout: 9, extra: "  Box: { Type: AWS::S3::Bucket }"), ["Hello": "two"])
        }
        bench.records.failure.withLock { $0 = nil }
        #expect(try await bench.function().record == before)
        #expect(try await bench.stackBuckets().isEmpty)
        #expect(try await bench.stacks.stack("demo")?.number == 1)
    }

    @Test func `refused types and broken zips change nothing`() async throws {
        let bench = StackBench()
        _ = try await bench.deploy(StackTemplates.small(), ["Hello": "one"])
        let before = try await bench.function().record
        let refused = try await bench.deploy(
            StackTemplates.small(timeout: 8, extra: "  T: { Type: AWS::SNS::Topic }\n  B: { Type: AWS::S3::Bucket }"),
            ["Hello": "two"])
        #expect(refused.problems.count == 1 && refused.problems[0].hasPrefix("t.yaml:13:14: AWS::SNS::Topic T"))
        let broken = try await bench.deploy(StackTemplates.small(timeout: 8), ["Hello": "broken"])
        #expect(broken.problems.count == 1 && broken.problems[0].contains("Could not unzip"))
        #expect(try await bench.function().record == before)
        #expect(try await bench.stackBuckets().isEmpty)
    }

    @Test func `a runtime that this machine lacks is a problem with its line`() async throws {
        let bench = StackBench()
        bench.host.missing.withLock { $0["python3.12"] = "there is no python3; apt-get install python3" }
        let outcome = try await bench.deploy(StackTemplates.small(), ["Hello": "one"])
        #expect(outcome.problems.count == 1 && outcome.problems[0].hasPrefix("t.yaml:10:"))
        #expect(outcome.problems[0].contains("apt-get install python3"))
    }

    @Test func `another version of a runtime than the template's is told with its line`() async throws {
        let bench = StackBench()
        bench.host.substitutes.withLock { $0["python3.12"] = "version 3.11 (/usr/bin/python3)" }
        let outcome = try await bench.deploy(StackTemplates.small(), ["Hello": "one"])
        #expect(outcome.problems.isEmpty && outcome.warnings.count == 1)
        #expect(outcome.warnings.first?.hasPrefix("t.yaml:10:") == true)
        #expect(outcome.warnings.first?.contains("Hello runs with version 3.11 (/usr/bin/python3)") == true)
    }

    @Test func `removed resources go, retained ones stay`() async throws {
        let bench = StackBench()
        let extra = """
              Gone: { Type: AWS::S3::Bucket }
              Kept: { Type: AWS::S3::Bucket, DeletionPolicy: Retain }
              Call: { Type: AWS::Lambda::Permission, Properties: { Action: lambda:InvokeFunction, FunctionName: !Ref Hello, Principal: s3.amazonaws.com } }
            """
        _ = try await bench.deploy(StackTemplates.small(extra: extra), ["Hello": "one"])
        #expect(try await bench.function().record.permissions[""]?.count == 1)
        _ = try await bench.deploy(StackTemplates.small(), ["Hello": "one"])
        #expect(try await bench.function().record.permissions.isEmpty)
        #expect(try await bench.stackBuckets().map { $0.name.hasPrefix("demo-kept-") } == [true])
    }

    @Test func `the version that was published for an alias is named in outputs, and permissions go along with it`()
        async throws
    {
        let bench = StackBench()
        var outcome = try await bench.deploy(StackTemplates.published, ["Filter": "one"])
        #expect(outcome.problems.isEmpty)
        let arn = bench.registry.arn(of: "filter")
        #expect(outcome.outputs.map(\.value) == ["\(arn):1", "version 1 of \(arn):live", "1"])
        var entry = try await bench.function()
        #expect(entry.record.alias("pinned")?.version == "1" && entry.record.permissions["1"]?.count == 1)
        #expect(entry.record.asynchronous["1"]?.retriesMax == 0)
        outcome = try await bench.deploy(StackTemplates.published, ["Filter": "two"])
        #expect(outcome.changes.map(\.logicalID) == ["Filter"])
        #expect(outcome.outputs.map(\.value) == ["\(arn):2", "version 2 of \(arn):live", "2"])
        entry = try await bench.function()
        #expect(entry.record.alias("pinned")?.version == "2" && entry.record.permissions.keys.sorted() == ["2"])
        #expect(entry.record.asynchronous.keys.sorted() == ["2"] && entry.versions.map(\.version) == ["1", "2"])
        // A dry run and the same again have the number that holds.
        outcome = try await bench.deploy(StackTemplates.published, ["Filter": "two"])
        #expect(outcome.changes.isEmpty && outcome.number == 2 && outcome.outputs.last?.value == "2")
        let rolledBack = try await bench.stacks.rollBack("demo", isDryRun: false)
        #expect(rolledBack.outputs.last?.value == "3")
        _ = try await bench.stacks.delete("demo")
        #expect(try await bench.registry.entries().isEmpty)
    }

    @Test func `a version that is not published yet stands where its number is not needed at once`() async throws {
        let bench = StackBench()
        let outcome = try await bench.deploy(
            StackTemplates.published.replacing(
                "Outputs:",
                with: """
                      Kept: { Type: AWS::SSM::Parameter, Properties: { Type: String, Value: !Ref Filter.Version } }
                    Outputs:
                    """), ["Filter": "one"])
        #expect(outcome.problems.map { $0.hasSuffix("name an alias") } == [true], "\(outcome.problems)")
        let odd = try await bench.deploy(
            StackTemplates.published.replacing("!Ref Filter.Version }", with: "'a b' }"), ["Filter": "one"])
        #expect(odd.problems.contains { $0.contains("a b names no function") })
    }

    @Test func `an alias that is published by itself moves with changed code`() async throws {
        let bench = StackBench()
        _ = try await bench.deploy(StackTemplates.heating, ["Measure": "a", "Report": "r"])
        func measure() async throws -> FunctionEntry {
            try #require(try await bench.registry.entries().first { $0.name.contains("Measure") })
        }
        var entry = try await measure()
        #expect(entry.record.alias("live")?.version == "1" && entry.record.permissions["live"]?.count == 3)
        #expect(entry.record.asynchronous["live"]?.retriesMax == 0)
        _ = try await bench.deploy(StackTemplates.heating, ["Measure": "b", "Report": "r"])
        entry = try await measure()
        #expect(entry.record.alias("live")?.version == "2" && entry.versions.map(\.version) == ["1", "2"])
        #expect(
            try await bench.stacks.scheduleBindings().map(\.name).sorted() == [
                "demo/MeasureHourly", "demo/MeasureLater", "demo/Nightly",
            ])
        #expect(try await bench.stacks.scheduleBindings().allSatisfy { $0.function == FunctionTriggerEvent.handler })
    }

    @Test func `what belongs to another stack is not taken over`() async throws {
        let bench = StackBench()
        let template = """
            Resources:
              Box: { Type: AWS::S3::Bucket, Properties: { BucketName: shared-box } }
            """
        _ = try await bench.deploy(template, stack: "one")
        await #expect(throws: StackFailure.self) { _ = try await bench.deploy(template, stack: "two") }
        #expect(try await bench.stacks.all().map(\.name) == ["one"])
    }

    @Test func `a stack goes with everything it holds, but never with a bucket that holds objects`() async throws {
        let bench = StackBench()
        _ = try await bench.deploy(StackTemplates.heating, ["Measure": "a", "Report": "r"])
        let bucket = try #require(try await bench.stackBuckets().first?.name)
        let content = try await bench.stores.stage(Octets(text: "reading"))
        _ = try await bench.stores.putObject(
            ObjectDraft(bucket: bucket, key: "in/1", etag: "e", at: bench.time.now()), content: content)
        await #expect(throws: StackFailure.self) { _ = try await bench.stacks.delete("demo") }
        #expect(try await bench.registry.entries().count == 2)
        _ = try await bench.stores.deleteObject("in/1", in: bucket, at: bench.time.now())
        let gone = try await bench.stacks.delete("demo")
        #expect(gone.count > 10)
        #expect(try await bench.registry.entries().isEmpty)
        #expect(try await bench.stackBuckets().isEmpty)
        #expect(try await bench.stacks.all().isEmpty)
        #expect(try await bench.stacks.scheduleBindings().isEmpty)
        #expect(try await bench.records.records(of: StackDeployment.kind).isEmpty)
        #expect(try await bench.records.records(of: .role).isEmpty)
        await #expect(throws: StackFailure.self) { _ = try await bench.stacks.delete("demo") }
    }

    @Test func `outputs that one stack exports another imports`() async throws {
        let bench = StackBench()
        _ = try await bench.deploy(StackTemplates.small(), ["Hello": "one"], stack: "first")
        let outcome = try await bench.deploy(
            """
            Resources: { Box: { Type: AWS::S3::Bucket } }
            Outputs: { Other: { Value: !ImportValue first-arn } }
            """, stack: "second")
        #expect(outcome.outputs.first?.value.contains(":function:first-Hello-") == true)
    }

    @Test func `an export belongs to one stack, and stays while another imports it`() async throws {
        let bench = StackBench()
        _ = try await bench.deploy(StackTemplates.small(), ["Hello": "one"], stack: "first")
        func importing(_ name: String) -> String {
            "Resources: { Box: { Type: AWS::S3::Bucket } }\nOutputs: { Other: { Value: !ImportValue \(name) } }\n"
        }
        _ = try await bench.deploy(importing("first-arn"), stack: "second")
        let plain = "Resources: { Box: { Type: AWS::S3::Bucket } }\n"
        let taken = try await bench.deploy(
            plain + "Outputs: { Other: { Value: x, Export: { Name: first-arn } } }\n", stack: "third")
        #expect(taken.problems == ["t.yaml: export first-arn is one of stack first already; give another Name"])
        let gone = try await bench.deploy(plain, stack: "first")
        #expect(
            gone.problems == [
                "t.yaml: export first-arn cannot go: stack second imports it; change or delete that first"
            ])
        await #expect(throws: StackFailure.self) { _ = try await bench.stacks.delete("first") }
        #expect(try await bench.stacks.all().map(\.name) == ["first", "second"])
        _ = try await bench.stacks.delete("second")
        _ = try await bench.stacks.delete("first")
    }

    @Test func `a parameter that names one of the Parameter Store has its value`() async throws {
        let bench = StackBench()
        let template = """
            Parameters: { P: { Type: 'AWS::SSM::Parameter::Value<String>', Default: /my/name } }
            Resources: { Box: { Type: AWS::S3::Bucket } }
            Outputs: { Out: { Value: !Ref P } }
            """
        let missing = try await bench.deploy(template)
        #expect(
            missing.problems == [
                "t.yaml:3:26: parameter P is the value of /my/name in the Parameter Store, which has none of this name"
            ])
        let stored = StoredParameter(name: "/my/name", value: "v", modifiedAt: bench.time.now())
        try await bench.registry.apply([stored.change(expecting: 0)])
        #expect(try await bench.deploy(template).outputs.map(\.value) == ["v"])
    }

    @Test func `code that stands in a template that imports is got too`() async throws {
        let bench = StackBench()
        _ = try await bench.deploy(StackTemplates.small(), ["Hello": "one"], stack: "first")
        let outcome = try await bench.deploy(
            """
            Transform: AWS::Serverless-2016-10-31
            Resources:
              F:
                Type: AWS::Serverless::Function
                Properties:
                  InlineCode: 'x = 1'
                  Handler: index.handler
                  Runtime: python3.12
                  Environment: { Variables: { OTHER: !ImportValue first-arn } }
            """, stack: "second")
        #expect(outcome.problems.isEmpty)
        let made = try await bench.registry.entries().first { $0.record.stack == "second" }
        #expect(made?.record.latest.code.size == "index.py:x = 1".utf8.count)
    }

    @Test func `code in the template is zipped here`() async throws {
        let bench = StackBench()
        let outcome = try await bench.deploy(
            """
            Transform: AWS::Serverless-2016-10-31
            Resources:
              F: { Type: AWS::Serverless::Function, Properties: { InlineCode: 'x = 1', Handler: index.handler, Runtime: python3.12 } }
            """)
        #expect(outcome.problems.isEmpty)
        #expect(try await bench.function().record.latest.code.size == "index.py:x = 1".utf8.count)
    }

    @Test func `code in the template needs no upload to go back to`() async throws {
        let bench = StackBench()
        func template(_ code: String) -> String {
            """
            Transform: AWS::Serverless-2016-10-31
            Resources:
              F: { Type: AWS::Serverless::Function, Properties: { InlineCode: '\(code)', Handler: index.handler, Runtime: python3.12 } }
            """
        }
        _ = try await bench.deploy(template("x = 1"))
        let first = try await bench.function().record.latest.code
        _ = try await bench.deploy(template("x = 2"))
        let outcome = try await bench.stacks.rollBack("demo", isDryRun: false)
        #expect(outcome.problems.isEmpty)
        #expect(try await bench.function().record.latest.code == first)
    }

    @Test func `prepare says what has to be built, and nothing more once it is wrong`() async throws {
        let bench = StackBench()
        let outcome = try await bench.stacks.prepare(
            StackRequest(stack: "demo", file: "t.yaml", template: Octets(text: StackTemplates.editor)))
        #expect(outcome.problems.isEmpty)
        #expect(outcome.builds.map(\.logicalID) == ["EditFunction", "EditPackages"])
        #expect(outcome.builds.map(\.source) == [.path("src/"), .path("dependencies/")])
        #expect(outcome.builds[1].buildMethod == "python3.12")
        await #expect(throws: StackFailure.self) {
            _ = try await bench.stacks.prepare(StackRequest(stack: "1st", file: "t", template: []))
        }
    }

    @Test func `generated secrets have the wanted shape`() throws {
        var generation = SecretPart.Generation(template: #"{"user":"ann"}"#, key: "password")
        generation.length = 20
        generation.excludedKinds = ["Uppercase", "Numbers", "Punctuation"]
        let part = SecretPart(name: "s", arn: "a", description: "", value: nil, generation: generation)
        let value = try JSONValue(parsing: Octets(text: part.text(SeededRandom(3))))
        #expect(value["user"]?.string == "ann" && value["password"]?.string?.count == 20)
        #expect(value["password"]?.string?.allSatisfy(\.isLowercase) == true)
    }
}
