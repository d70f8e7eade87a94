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
        // The forms before are the newest without what follows the attributes: here an octet for each "none".
        record[0] = 2
        record.removeLast()
        #expect(try EntityRecord.read(record) == entity)
        record[0] = 1
        record.removeLast()
        // then
        #expect(try EntityRecord.read(record) == entity)
        record[0] = 4
        #expect(throws: StoreFailure.self) { try EntityRecord.read(record) }
    }
}
