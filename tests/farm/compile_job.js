// Compiles a job as Flamenco's manager does: `node compile_job.js SCRIPT SETTINGS` runs a job type's script in a
// context of its own with the part of Flamenco's API that scripts use, and prints the settings and the tasks.

const fs = require("fs");
const vm = require("vm");

const [script, given] = process.argv.slice(2);
const author = {
    Task: (name, type) => ({ name, type, commands: [], addCommand(command) { this.commands.push(command); } }),
    Command: (name, parameters) => ({ name, parameters }),
};
const context = vm.createContext({ author, print: console.error });
vm.runInContext(fs.readFileSync(script, "utf8") + "\nthis.JOB_TYPE = JOB_TYPE; this.compileJob = compileJob;", context);

const settings = {};
for (const setting of context.JOB_TYPE.settings) {
    settings[setting.key] = setting.default;
}
Object.assign(settings, JSON.parse(given));
const tasks = [];
context.compileJob({ settings, addTask: task => tasks.push(task) });
console.log(JSON.stringify({ settings: context.JOB_TYPE.settings, tasks }));
