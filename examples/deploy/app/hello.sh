#!/bin/sh
echo "hello from release 1.4.2"
