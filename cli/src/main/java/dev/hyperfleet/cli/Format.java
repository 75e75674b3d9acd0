package dev.hyperfleet.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The option of all commands that print data: for people by default. */
final class Format {
    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            description = "json (as the API gives it), wide, or name.")
    @Nullable
    private String form;

    @Option(names = "--json", description = "The same as -o json.")
    private boolean json;

    @Option(
            names = {"-q", "--quiet"},
            description = "Print ids alone.")
    private boolean quiet;

    @Spec(Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    /** What is printed of a machine. */
    enum Form {
        TABLE,
        WIDE,
        JSON,
        NAME,
        ID
    }

    Form form() {
        if (json) {
            return Form.JSON;
        }
        if (quiet) {
            return Form.ID;
        }
        return switch (form) {
            case "json" -> Form.JSON;
            case "wide" -> Form.WIDE;
            case "name" -> Form.NAME;
            case "id" -> Form.ID;
            case "table" -> Form.TABLE;
            case null -> Form.TABLE;
            default ->
                throw new ParameterException(
                        spec.commandLine(), "--output '%s' is not json, wide or name".formatted(form));
        };
    }

    boolean isJson() {
        return form() == Form.JSON;
    }
}
