// The main job on real screens, as people do it: a red report in 应县金城镇 is taken on the desk and routed with the rules
// named, signed, visited on a phone, worked on by the police, assessed and planned; closing too early is refused; half a
// year later, all checks met, the county closes the case. The parts are in the folder of the same name.

import { operatorTakesTheCall } from './main-job/call.mjs';
import { closingTooEarlyIsRefused, countyClosesTheCase, riskIsLoweredByTwo, whatTheChecksAskForIsDone } from './main-job/closing.mjs';
import { policeReturnTheAdmonition, villageVisitsOnAPhone, townshipReviewsTheVisit, townshipSigns, whoIsSlowerIsToldBothVersions } from './main-job/field.mjs';
import { countyConfirmsThePlan, townshipAssesses, townshipPlans } from './main-job/plan.mjs';

export const title = '红色线索：来电、转办、签收、走访、告诫书、评估、计划、结案';
export const seconds = 480;

export default async function (t) {
  const job = { t };
  await operatorTakesTheCall(job);
  job.township = await t.as('township');
  await townshipSigns(job);
  await whoIsSlowerIsToldBothVersions(job);
  await villageVisitsOnAPhone(job);
  await townshipReviewsTheVisit(job);
  await policeReturnTheAdmonition(job);
  await townshipAssesses(job);
  await townshipPlans(job);
  await countyConfirmsThePlan(job);
  await closingTooEarlyIsRefused(job);
  await riskIsLoweredByTwo(job);
  await whatTheChecksAskForIsDone(job);
  await countyClosesTheCase(job);
}
