package dev.hyperfleet.api.machine;

import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.access.Scope;
import dev.hyperfleet.core.control.Forks;
import dev.hyperfleet.core.control.Machines;
import dev.hyperfleet.core.machine.Automation;
import dev.hyperfleet.core.machine.MachineSpec;
import dev.hyperfleet.http.MachinePath;
import dev.hyperfleet.http.RequestBody;
import dev.hyperfleet.http.Responses;
import dev.hyperfleet.http.RouteGroup;
import dev.hyperfleet.http.Routes;
import io.javalin.http.Context;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Copies of a machine that continue where it is. */
public final class ForkRoute implements RouteGroup {
    private static final List<String> FIELDS = List.of("count", "name_prefix", "names");

    /** A prefix leaves room for a number of up to three digits. */
    private static final int MAX_PREFIX = 60;

    private final Machines machines;
    private final Forks forks;

    public ForkRoute(Machines machines, Forks forks) {
        this.machines = machines;
        this.forks = forks;
    }

    private record ForkJson(List<CopyJson> copies) {}

    /** Either of machine and error is null. */
    private record CopyJson(
            String name,
            @Nullable MachineJson machine,
            @Nullable FailureJson error) {
        static CopyJson of(Forks.Copy copy) {
            return new CopyJson(
                    copy.name(),
                    copy.machine().map(MachineJson::of).orElse(null),
                    copy.failure()
                            .map(failure -> new FailureJson(failure.code().name(), Responses.message(failure)))
                            .orElse(null));
        }
    }

    private record FailureJson(String code, String message) {}

    @Override
    public void register(Routes routes) {
        routes.post("/machines/{id}/fork", Scope.MACHINES_WRITE, this::fork);
    }

    private void fork(Context context) {
        MachineId id = MachinePath.id(context);
        MachineSpec source = machines.get(id).spec();
        RequestBody body = RequestBody.readOptional(context, FIELDS);
        List<String> names = names(body, source);
        body.throwIfInvalid();
        MachineBody.requireScopes(
                context,
                MachineBody.Settings.DEFAULT,
                new MachineBody.Settings(source.exposedPorts(), source.publicPorts(), source.automation()));
        List<Forks.Copy> copies = forks.fork(id, names, ForkRoute::copy);
        Responses.json(context, new ForkJson(copies.stream().map(CopyJson::of).toList()));
    }

    private static List<String> names(RequestBody body, MachineSpec source) {
        if (body.has("names")) {
            if (body.has("count") || body.has("name_prefix")) {
                body.problems().add("names cannot be combined with count or name_prefix");
            }
            List<String> names = body.requiredTexts("names", Forks.MAX_COPIES, RequestBody.MAX_WORD);
            if (names.stream().distinct().count() != names.size()
                    || !names.stream()
                            .allMatch(name -> MachineSpec.NAME.matcher(name).matches())) {
                body.problems().add("names must differ, and each must be " + RequestBody.NAME_RULE);
            }
            return names;
        }
        int count = Math.toIntExact(body.optionalInteger("count", 1, Forks.MAX_COPIES, 1));
        Optional<String> given = body.optionalLine("name_prefix", MAX_PREFIX);
        String prefix = given.orElseGet(() -> prefix(source.name()));
        if (given.isPresent() && !MachineSpec.NAME.matcher(prefix).matches()) {
            body.problems().add("name_prefix must be 1 to 60 letters, digits, '.', '_' or '-'");
        }
        return IntStream.rangeClosed(1, count)
                .mapToObj(number -> prefix + number)
                .toList();
    }

    private static String prefix(String name) {
        return name.substring(0, Math.min(name.length(), MAX_PREFIX - 1)) + "-";
    }

    /** Its ports and its automation, without the end of its life. */
    private static MachineSpec copy(MachineSpec source, String name) {
        Automation automation = source.automation();
        return new MachineSpec(
                name,
                source.vcpuCount(),
                source.memSizeMib(),
                source.exposedPorts(),
                source.publicPorts(),
                new Automation(automation.sleep(), automation.restart(), automation.checks(), Optional.empty()),
                source.warmStart(),
                source.image(),
                source.disks());
    }
}
