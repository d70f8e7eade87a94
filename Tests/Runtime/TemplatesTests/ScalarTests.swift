import MailTypes
import Templates
import Testing

@Suite struct ScalarTests {
    @Test(arguments: [
        ("True", "true"), ("yes", "true"), ("on", "true"), ("ON", "true"), ("No", "false"), ("off", "false"),
        ("false", "false"), ("\"True\"", "\"True\""), ("'yes'", "\"yes\""), ("y", "\"y\""), ("n", "\"n\""),
        ("tRUE", "\"tRUE\""),
    ])
    func `booleans are those of YAML 1.1, but not in quotes`(_ written: String, _ json: String) throws {
        #expect(try resolved(written) == json)
    }

    @Test(arguments: [
        ("2012-10-17", "\"2012-10-17\""), ("'2010-09-09'", "\"2010-09-09\""), ("012345678901", "\"012345678901\""),
        ("1:30", "\"1:30\""), ("0x10", "\"0x10\""), ("1_000", "\"1_000\""), (".5", "\".5\""), ("1.", "\"1.\""),
        ("+1", "\"+1\""), ("12:30:45", "\"12:30:45\""), (".inf", "\".inf\""), ("--1", "\"--1\""),
        ("0", "0"), ("-1", "-1"), ("1", "1"), ("1.0", "1.0"), ("1.50", "1.50"), ("1e3", "1e3"), ("-0.5E-7", "-0.5E-7"),
        ("123456789012345678901234567890", "123456789012345678901234567890"), ("'1'", "\"1\""), ("!!str 1", "\"1\""),
    ])
    func `numbers keep their text and dates stay text`(_ written: String, _ json: String) throws {
        #expect(try resolved(written) == json)
    }

    @Test func `values keep lists, maps and their order`() throws {
        #expect(try resolved("{ b: [1, two, {c: no}], a: '' }") == #"{"b":[1,"two",{"c":false}],"a":""}"#)
    }

    @Test func `JSON is read as well`() throws {
        let template = try load(
            #"""
            {"Resources": {"Thing": {"Type": "Test::Thing::Kind", "Properties": {
                "Ref2": {"Ref": "AWS::Region"}, "Text": "a\n\"b\" \u00e9", "Yes": true, "N": 1.0, "L": [1, "yes"]}}}}
            """#)
        let properties = try #require(template.resources.first?.properties)
        #expect(properties["Ref2"]?.text == "us-east-1")
        #expect(properties["Text"]?.text == "a\n\"b\" é")
        #expect(properties["Yes"]?.boolean == true)
        #expect(properties["N"]?.text == "1.0")
        #expect(properties["L"]?.json.text == #"[1,"yes"]"#)
    }

    @Test func `an alias repeats what its anchor names`() throws {
        #expect(try resolved("[&x {a: 1}, *x]") == #"[{"a":1},{"a":1}]"#)
    }
}
