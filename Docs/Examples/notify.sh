#!/bin/sh
# notify.sh NAME COMMAND...: runs a command, and tells NAME over Sotto how it ended.
name=$1
shift
"$@"
status=$?
exec "${SOTTO:-sotto}" send "$name" "$(uname -n): '$*' ended with $status"
