import Cryptography
import FunctionRuntime
import Glibc
import HTTP
import IMAP
import LambdaHost
import MailTypes
import SMTP
import Stores
import Synchronization
import Transport

extension MailSystem {
    /// How long calls of users' functions may go on when the system ends: those that take longer are made again by the
    /// next process.
    private static let drainPatience = Duration.seconds(2)

    /// Listens on every endpoint, tells `ready`, and serves until told to stop; then drains: endpoints first, where
    /// sessions in mid-conversation have ten seconds, workers after them, the stores last.
    func run(tls: TLSConfiguration, until stopping: Termination, ready: (MailSystem) async throws -> Void) async throws
    {
        self.tls.withLock { $0 = tls }
        await forgetUnusedCode()
        let doors = try listeners(tls: tls)
        places.withLock { places in for door in doors { places[door.name] = door.listener.address } }
        functionEndpoint.url.withLock { url in
            url = doors.first { $0.name == "http" }.map { "http://127.0.0.1:\($0.listener.address.port)" }
        }
        try await rebind()
        try await readStackSchedules()
        try await inHand.setAside(in: stores, at: time.now(), log: logged)
        let worker = Task(executorPreference: loops.next()) { await self.inbound.run() }
        let sender = Task(executorPreference: loops.next()) { await self.outbound.run() }
        let background = Task(executorPreference: loops.next()) {
            await withDiscardingTaskGroup { group in
                group.addTask { await self.jobs.run() }
                group.addTask { await self.dispatcher.watchDeadlines() }
                group.addTask { await self.functionHost.run() }
                group.addTask { await self.scheduler.run() }
                if !self.settings.watched.isEmpty {
                    group.addTask {
                        await TemplateWatch(folders: self.settings.watched, data: self.settings.directory).run()
                    }
                }
                group.addTask { await self.reloadCertificates(tls) }
            }
        }
        var failure: (any Error)?
        await withTaskGroup { group in
            for door in doors {
                group.addTask { await door.listener.run(door.serve) }
            }
            group.addTask {
                // Draining, not cancelling: a cancelled listener breaks its sessions off.
                await stopping.wait()
                SystemdNotification.send("STOPPING=1")
                for door in doors { door.listener.drain() }
            }
            do {
                try await ready(self)
                ProgramCode.giveBack()
            } catch {
                failure = error
                stopping.raise()
            }
            for await _ in group {}
        }
        inbound.stop()
        outbound.stop()
        // What waits has gone back to the spool; calls of users' functions have a moment to end.
        let patience = Task {
            try await Task.sleep(for: Self.drainPatience)
            worker.cancel()
            sender.cancel()
        }
        await worker.value
        await sender.value
        patience.cancel()
        background.cancel()
        await background.value
        stores.close()
        if let failure { throw failure }
    }

    private struct Door {
        let name: String
        let listener: Listener
        let serve: Listener.Handler
    }

    private func listeners(tls: TLSConfiguration) throws -> [Door] {
        var doors: [Door] = []
        for host in settings.ports.hosts {
            func open(
                _ name: String, _ counter: ConnectionCounter, _ settings: Listener.Settings,
                _ serve: @escaping Listener.Handler
            ) throws {
                let port = self.settings.ports.ports[name] ?? 0
                let listener = try Listener(
                    host: host, port: port, settings: settings, loops: loops, counter: counter, log: logged)
                doors.append(Door(name: name, listener: listener, serve: serve))
            }
            try open(
                "mx", smtpSessions,
                Listener.Settings(tls: tls, refusal: Octets(text: "421 4.7.0 too many connections\r\n")),
                serveSMTP(endpoint: "mx", isForUsers: false))
            let serveUsers = serveSMTP(endpoint: "submission", isForUsers: true)
            try open(
                "submission", submissionSessions,
                Listener.Settings(tls: tls, refusal: Octets(text: "421 4.7.0 too many connections\r\n")), serveUsers)
            try open(
                "submissions", submissionSessions, Listener.Settings(tls: tls, isImplicitTLS: true), serveUsers)
            try open(
                "imap", imapSessions,
                Listener.Settings(tls: tls, idleSeconds: 1800, refusal: Octets(text: "* BYE too many connections\r\n")),
                serveIMAP)
            try open(
                "imaps", imapSessions, Listener.Settings(tls: tls, isImplicitTLS: true, idleSeconds: 1800), serveIMAP)
            let endpoint = httpEndpoint()
            try open("http", httpSessions, Listener.Settings(idleSeconds: 60)) { await endpoint.serve($0) }
            try open("https", httpSessions, Listener.Settings(tls: tls, isImplicitTLS: true, idleSeconds: 60)) {
                await endpoint.serve($0)
            }
        }
        return doors
    }

    private func serveSMTP(endpoint: String, isForUsers: Bool) -> Listener.Handler {
        let door = SMTPDoor(
            endpoint: endpoint, isForUsers: isForUsers, dispatcher: dispatcher, content: stores,
            worker: isForUsers ? outbound : inbound, spool: stores, unheard: unheardMessages, time: time,
            random: random)
        return { connection in
            // The limits of the moment: a session keeps those it began with.
            let endpoints = self.bindings.endpoints
            let settings = SMTPSettings(
                hostname: self.settings.hostname, endpoint: endpoint, isForUsers: isForUsers, offersStartTLS: true,
                offersDSN: isForUsers, limits: isForUsers ? endpoints.submission : endpoints.smtp)
            var session = Session(over: connection, settings: settings, intake: door, time: self.time, log: self.logged)
            await session.run()
        }
    }

    private var serveIMAP: Listener.Handler {
        let door = IMAPDoor(
            dispatcher: dispatcher, content: stores, changes: changes, recents: recents, sessions: userSessions)
        return { connection in
            let settings = self.imapSettings(for: connection.peer)
            await IMAPSession(
                connection: connection, intake: door, settings: settings, time: self.time, log: self.logged
            )
            .run()
        }
    }

    private func httpEndpoint() -> HTTPEndpoint {
        let operators = Operator(system: self)
        return HTTPEndpoint(
            limits: { self.bindings.endpoints.http }, router: { self.router },
            keys: { try await self.accessKey($0) },
            login: { try await self.dispatcher.invoke("Login", $0) },
            probes: [
                "/healthz": HTTPProbe(isOpen: true) { HTTPResponse(200, type: "text/plain", "ok\n") },
                "/readyz": HTTPProbe { await self.readiness() },
                "/metrics": HTTPProbe {
                    HTTPResponse(
                        200, type: "application/openmetrics-text; version=1.0.0; charset=utf-8", Metrics.text(of: self))
                },
            ], mayProbe: { peer in peer.isLoopback || self.bindings.endpoints.mayProbe(peer) },
            dispatch: { function, request, _ in
                if let answer = try await operators.answer(request) { return answer }
                return try await self.dispatcher.invoke(function, request)
            }, time: time, random: random, log: logged)
    }

    private func readiness() async -> HTTPResponse {
        do {
            _ = try await stores.organizations()
            return HTTPResponse(200, type: "text/plain", "ready\n")
        } catch {
            return HTTPResponse(503, type: "text/plain", "the store does not answer\n")
        }
    }

    /// A renewed certificate is used for new connections without a restart; a bad one changes nothing.
    private func reloadCertificates(_ tls: TLSConfiguration) async {
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(10))
            do throws(TLSFailure) {
                if try tls.reloadIfChanged() { logged.info("tls.reloaded") }
            } catch {
                logged.error(
                    "tls.reload-failed", .reason("\(error)"),
                    .advice("the old certificate stays in use; mend the files"))
            }
        }
    }
}
