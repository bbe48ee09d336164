#!/usr/bin/env node
import{n as e}from"./chunks/command.js";process.exitCode=await e(process.argv.slice(2),process);export{};