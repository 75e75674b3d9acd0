package dev.hyperfleet.store;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.hyperfleet.core.disk.Disk;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * A disk of a machine as stored in the column {@code disks}, which holds a JSON array of them. An absent size is
 * unknown, and an unknown field is ignored.
 */
record DiskJson(
        @JsonProperty(required = true) String kind,
        @JsonProperty(required = true) String source,
        @Nullable Long sizeMib) {
    private static final JsonMapper JSON = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();
    private static final EnumNames<Disk.Kind> KINDS = new EnumNames<>(Disk.Kind.class, kind -> switch (kind) {
        case BASE -> "BASE";
        case LAYER -> "LAYER";
    });
    private static final String IMAGE_ROOT = "IMAGE_ROOT";
    private static final String EMPTY = "EMPTY";

    /** The disks as JSON. */
    static String text(List<Disk> disks) {
        return JSON.writeValueAsString(disks.stream().map(DiskJson::of).toList());
    }

    /**
     * The disks from JSON that {@link #text} of this version or an earlier one has written.
     *
     * @throws SQLException if it is malformed, or has an unknown value
     */
    static List<Disk> disks(String text) throws SQLException {
        try {
            List<Disk> disks = new ArrayList<>();
            for (DiskJson stored : JSON.readValue(text, new TypeReference<List<DiskJson>>() {})) {
                disks.add(stored.disk());
            }
            return disks;
        } catch (JacksonException | IllegalArgumentException failure) {
            throw new SQLException("cannot read the disks " + text, failure);
        }
    }

    private static DiskJson of(Disk disk) {
        String source = switch (disk.source()) {
            case Disk.Source.ImageRoot _ -> IMAGE_ROOT;
            case Disk.Source.Empty _ -> EMPTY;
        };
        return new DiskJson(KINDS.name(disk.kind()), source, disk.sizeMib());
    }

    private Disk disk() throws SQLException {
        Disk.Source from = switch (source) {
            case IMAGE_ROOT -> new Disk.Source.ImageRoot();
            case EMPTY -> new Disk.Source.Empty();
            default -> throw new SQLException("unknown source of a disk: " + source);
        };
        return new Disk(KINDS.constant("kind of a disk", kind), from, sizeMib == null ? 0 : sizeMib);
    }
}
