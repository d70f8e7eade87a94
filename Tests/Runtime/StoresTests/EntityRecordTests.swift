import FunctionRuntime
import MailTypes
import Testing

@testable import Stores

@Suite struct EntityRecordTests {
    @Test func `an entity of the first release is read, without a version of its password`() throws {
        // given
        let entity = Entity(
            id: "e1", organization: "m-1", kind: .user, state: .enabled, name: "ann", displayName: "Ann",
            createdAt: Timestamp(seconds: 1), attributes: ["City": "Rome"])
        var record = EntityRecord.write(entity)
        // The first form is the second without what follows the attributes: here the one octet that says "none".
        record[0] = 1
        record.removeLast()
        // then
        #expect(try EntityRecord.read(record) == entity)
        record[0] = 3
        #expect(throws: StoreFailure.self) { try EntityRecord.read(record) }
    }
}
