#!/usr/bin/env bash
# Builds the fuzz targets of both code paths into $OUT, each with its seeds, its options and the
# dictionary. The base image sets $SRC, $OUT and RUSTFLAGS, and has cargo-fuzz.
set -euo pipefail
cd "$SRC/embedded-jwt"

# The base image's flags name the sanitizer; cargo-fuzz adds the address sanitizer if it isn't told.
options=()
[[ ${SANITIZER-} != none ]] || options=(--sanitizer none)
cargo fuzz build --fuzz-dir fuzz -O --debug-assertions --target-dir fuzz/target "${options[@]}"
host=$(rustc -vV | sed -n 's/^host: //p')
for source in fuzz/fuzz_targets/*.rs; do
    target=$(basename "$source" .rs)
    for program in "$target" "${target}_small"; do
        cp "fuzz/target/$host/release/$program" "$OUT/"
        cp "fuzz/options/$target.options" "$OUT/$program.options"
        (cd "fuzz/seeds/$target" && zip --quiet -r "$OUT/${program}_seed_corpus.zip" .)
    done
done
cp fuzz/dictionary "$OUT/dictionary"
