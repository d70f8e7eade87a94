import FunctionRuntime
import MailTypes

extension Verb {
    static let deploy = Verb(
        "deploy", "TEMPLATE",
        "deploys a template: a stack of your functions, or the system's own, without dropping a connection",
        options: [
            .value(
                "stack", "NAME",
                "the stack's name (default: samconfig.toml's, or the name of the template's folder or of a NAME.template.json; mailroom for the system's own)"
            ),
            .value("parameter", "KEY=VALUE", "a parameter of the template; others keep their value", repeatable: true),
            .flag("dry-run", "show what would change, and change nothing"),
            .flag("rollback", "go back to the deploy before"),
            .flag("no-build", "take code as it lies there: no pip, npm or make, as sam package does without sam build"),
            .flag("skip-unknown", "leave out resources that Mailroom does not run, instead of refusing the template"),
            .value(
                "layer", "ARN=FOLDER", "a folder or zip that stands for a layer of another account", repeatable: true),
            .data, .endpoint, .json,
        ],
        example: """
            mailroom deploy hello/template.yaml --parameter Greeting=Hi --dry-run
            mailroom deploy templates/mailroom.yaml --parameter ContentMax=20MiB
            mailroom deploy --stack hello --rollback
            """
    ) { arguments in
        let deploy = try StackDeploy(arguments)
        return try deploy.run()
    }
}
