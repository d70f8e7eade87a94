import FunctionRuntime
import Glibc
import MailTypes
import Transport

extension Verb {
    static let dev = Verb(
        "dev", "", "the whole system on loopback, with a demo organization; prints the card when it is ready",
        options: [
            .data,
            .value(
                "template", "FILE",
                "the template of the first start, and of later ones once FILE changes (default templates/mailroom.yaml)"
            ),
            .value("parameter", "KEY=VALUE", "a parameter of the template", repeatable: true),
            .value(
                "watch", "DIR", "deploys the templates in DIR and in its folders whenever one of their files changes",
                repeatable: true),
            .value("log-level", "LEVEL", "trace, info, warning or error (default warning; info with --verbose)"),
            .flag("verbose", "log what changes hands"), .flag("json", "the card as one line of JSON"),
        ] + Ports.options,
        example: "mailroom dev --data .mailroom"
    ) { arguments in
        try await Running.run(arguments, isDevelopment: true)
    }

    static let serve = Verb(
        "serve", "", "the same system for production: JSON log lines, drains on SIGTERM",
        options: [
            .data,
            .value(
                "template", "FILE",
                "the template of the first start, and of later ones once FILE changes (default templates/mailroom.yaml)"
            ),
            .value("parameter", "KEY=VALUE", "a parameter of the template", repeatable: true),
            .value("hostname", "NAME", "the name we greet with (default: the machine's)"),
            .value("log-level", "LEVEL", "trace, info, warning or error (default info)"),
            .flag("json", "the card as one line of JSON"),
        ] + Ports.options,
        example:
            "mailroom serve --data /var/lib/mailroom --template /etc/mailroom/mailroom.yaml --hostname mx.acme.example"
    ) { arguments in
        try await Running.run(arguments, isDevelopment: false)
    }
}
