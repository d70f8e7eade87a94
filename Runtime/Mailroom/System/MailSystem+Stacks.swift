import Archives
import FunctionRuntime
import MailTypes
import Stacks
import Synchronization

/// Users' functions as stacks.
extension MailSystem {
    /// Deploys and removes stacks of users' functions.
    var stacks: Stacks {
        Stacks(
            registry: functionRegistry, records: stores, buckets: stores, hosting: functionHost, jobs: stores,
            time: time, random: random, endpoint: { [functionEndpoint] in functionEndpoint.url.withLock { $0 } }
        ) { name, content in
            var zip = ZipWriter()
            zip.add(name, content)
            return (try? zip.finish()) ?? []
        }
    }

    /// What the clock calls: schedules of the system's own functions and of stacks.
    var scheduler: Scheduler {
        Scheduler(
            jobs: stores, dispatcher: dispatcher, time: time, random: random, log: logged,
            more: { self.stackSchedules.withLock { $0 } })
    }

    /// Reads anew what the clock has to call for stacks. From then on a restart forgets no firing.
    func readStackSchedules() async throws {
        let schedules = try await stacks.scheduleBindings()
        stackSchedules.withLock { $0 = schedules }
        await scheduler.fireDue()
    }
}
