/**
 * Tar archives, with the extended headers (PAX) that container images use. Names and attributes are bytes to Linux, and
 * need not be UTF-8, so texts of this package have one character for each byte.
 */
@NullMarked
package dev.hyperfleet.oci.tar;

import org.jspecify.annotations.NullMarked;
